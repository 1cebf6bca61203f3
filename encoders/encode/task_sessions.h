// The sessions of one task by their CIN: which addresses are whose and since when, what was told of each, and the
// numbers of its series. What has ended stays until nothing of it can come any more. Bounded; one encoder lcore;
// allocates where a report comes, which is rare.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/packet/session_report.h"
#include "encoders/encode/media_look.h"
#include "encoders/encode/remote_ends.h"
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
  std::string stream;                   // of a call: the endpoint, as its descriptions name it
  std::unique_ptr<RemoteEnds> remotes;  // of RTP, else null: who talks to it

  [[nodiscard]] bool is_open() const { return until.unix_ns == INT64_MAX; }
  [[nodiscard]] bool holds_at(PacketTime time) const { return time >= since && time < until; }
};

// The end of a packet that is a session's.
struct HeldEnd {
  AddressInterval* interval = nullptr;  // null: neither is
  bool is_source = false;
};

// What a call's media were described as from a moment on.
struct DescribedSince {
  PacketTime since;
  uint32_t count = 0;
  bool narrow = false;
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
  PayloadTypes payload_types;             // of a call, as all that was told of it names them
  std::vector<DescribedSince> described;  // of a call, the last kDescribedMax
  std::vector<uint8_t> known;             // what all reports say of it, as a report without what belongs to one message

  // By which of its addresses the packet is the session's: the one on the target's side, or on either where nobody
  // knows which that is, was so when the packet arrived. Ports count where the packet shows them. Null: it is not.
  [[nodiscard]] HeldEnd holds(const ContentRecord& copy);
  // Whether media at an endpoint of a call are the call's: `end` is where it holds them. Ends that its descriptions
  // name, or whose host they name, and those that show themselves to take part, as encoders/encode/README.md has it.
  [[nodiscard]] bool takes(const ContentRecord& copy, const MediaLook& look, const HeldEnd& end);

  static constexpr size_t kDescribedMax = 16;

 private:
  [[nodiscard]] const DescribedSince* described_at(PacketTime time) const;
  [[nodiscard]] bool takes_rtcp_of(const RemoteEnd& remote, const AddressInterval& own) const;
  void show_other_end(const RemoteEnd& remote, const RemoteEnd& own, const MediaPassed& passed, PacketTime arrival,
                      PacketTime since);
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
  // Whether anything is other than before.
  bool bind(TaskSession& session, std::span<const SessionAddress> addresses, PacketTime received) const;
  void forget_intervals(TaskSession& session, PacketTime horizon) const;

  const SessionBounds bounds_;
  std::map<uint32_t, TaskSession> sessions_;
  std::set<uint32_t> given_up_;  // CINs, sessions_max at most: the first ones go
};

}  // namespace lictor
