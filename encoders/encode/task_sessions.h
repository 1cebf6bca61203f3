// The sessions of one task by their CIN: which addresses are whose and since when, what was told of each, and the
// numbers of its series. What has ended stays until nothing of it can come any more. Bounded; one encoder lcore;
// allocates where a report comes, which is rare.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/packet/session_report.h"
#include "encoders/encoder.h"

namespace lictor {

struct SessionBounds {
  // Of a task: twice CallDeskPlan::unanswered_max, of calls that nobody answered.
  uint32_t sessions_max = 1024;
  uint32_t intervals_max = 256;                 // of a session; never below kReportAddressesMax
  int64_t kept_ns = 5 * kNanosecondsPerSecond;  // packet time, behind the end of an interval or of a session
};

// Where the series of one CIN stand, by RecordKind.
struct SeriesNumbers {
  std::array<uint32_t, kRecordKinds> next{};
  std::array<uint32_t, kRecordKinds> skip{};  // lost since the last record of the series was encoded or began to wait
};

// An address of a session: it is the target's for packets that arrive in [since, until).
struct AddressInterval {
  IpPrefix prefix;
  PortRange ports;
  SessionAddress::Use use = SessionAddress::Use::kAddress;
  bool of_peer = false;  // of a call: the other party's
  PacketTime since;
  PacketTime until{INT64_MAX};

  [[nodiscard]] bool is_open() const { return until.unix_ns == INT64_MAX; }
};

struct TaskSession {
  uint32_t cin = 0;
  bool is_call = false;
  bool open = false;                      // signalling says that it is there
  bool is_told = false;                   // its records are made here: something else than its state was reported
  bool begun = false;                     // the agency knows that it has begun,
  bool ended = false;                     // and that it has ended
  bool reset_due = false;                 // a former process numbered this CIN: a cINReset goes first
  std::atomic<int64_t>* heard = nullptr;  // where it is noted when its media were taken last; null: nobody asks
  PacketTime closed;                      // where it is not open: when it ended, or was last told of behind that
  uint32_t pins = 0;                      // copies and records of it that wait
  uint32_t held = 0;                      // the copies of these
  uint32_t lost_behind = 0;               // copies that were lost behind those that are held
  SeriesNumbers numbers;
  std::vector<AddressInterval> intervals;
  std::vector<uint8_t> known;  // what all reports say of it, as a report without what belongs to one message

  // By which of its addresses the packet is the session's: the one on the target's side, or on either where nobody
  // knows which that is, was so when the packet arrived. Ports count where the packet shows them. Null: it is not.
  [[nodiscard]] const AddressInterval* holds(const ContentRecord& copy) const;
};

class TaskSessions {
 public:
  explicit TaskSessions(const SessionBounds& bounds) : bounds_(bounds) {}

  [[nodiscard]] TaskSession* find(uint32_t cin) {
    const auto found = sessions_.find(cin);
    return found == sessions_.end() ? nullptr : &found->second;
  }
  // What the report says, and what it does not say any more, is so from now on. Null where there are too many sessions
  // that go on and may have content. What ended more than kept_ns (of calls: 64 s) before `horizon` and has nothing
  // waiting is forgotten; where that is not enough, the call that began first and of which nothing was copied yet.
  TaskSession* take(const SessionReport& report, PacketTime horizon);
  // The report with what earlier ones of its session said and it does not.
  static std::vector<uint8_t> told(const TaskSession& session, const SessionReport& report);

  // visit(TaskSession&), by CIN.
  template <typename Visit>
  void for_each(Visit visit) {
    for (auto& [cin, session] : sessions_) visit(session);
  }
  // Whether it was forgotten while it went on: its numbers begin anew, and what is copied of it is lost until it is
  // told of again.
  [[nodiscard]] bool was_given_up(uint32_t cin) const { return given_up_.contains(cin); }
  [[nodiscard]] size_t size() const { return sessions_.size(); }
  void clear() {
    sessions_.clear();
    given_up_.clear();
  }

 private:
  bool make_room(PacketTime horizon);
  bool give_up_one();
  void bind(TaskSession& session, std::span<const SessionAddress> addresses, PacketTime received) const;
  void forget_intervals(TaskSession& session, PacketTime horizon) const;

  const SessionBounds bounds_;
  std::map<uint32_t, TaskSession> sessions_;
  std::set<uint32_t> given_up_;  // CINs, sessions_max at most: the first ones go
};

}  // namespace lictor
