// Whose calls are targets', and what follows: a CIN for each communication of a task, a report of every message of it
// to the encoder lcore of the task, and rules by which the rx lcores know its media. Behind the rings of one session
// lcore, beside its SessionDesk, whose tasks and CINs it uses. Not thread-safe. Allocates for what is a target's alone,
// within the bounds of its plan.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/session_desk.h"
#include "dataplane/session/sip/call_tracker.h"
#include "dataplane/session/sip/call_watch.h"
#include "dataplane/session/sip/stream_table.h"
#include "dataplane/session/task_office.h"
#include "dataplane/session/tracker.h"

namespace lictor::sip {

// What is believed of messages of one set of servers.
struct CallSet {
  std::vector<IpPrefix> trusted;  // nodes of the operator's trust domain (RFC 3324)
  bool from = false;              // who sends From is checked by the operator
  bool preferred = false;         // and P-Preferred-Identity
  NumberPlan numbers;
};

struct CallDeskPlan {
  CallTrackerPlan tracker;
  StreamTablePlan streams;
  std::vector<CallSet> sets;         // by source set
  std::vector<BindingScope> scopes;  // by source set: where their media count
  uint32_t followed_max = 65'536;    // (call, task) pairs, those that ended lately among them
  uint32_t exchanges_max = 16'384;   // communications of targets that are no calls, with what was said of them lately
  int64_t remembered_ns = 32 * kNanosecondsPerSecond;  // behind its last message: what is said of it still is its own
  bool replay = false;                                 // as of SessionDeskPlan
};

// Written by the session lcore, read by any thread.
struct CallDeskCounters {
  Counter messages;
  Counter keepalives;  // line ends alone
  Counter malformed;
  Counter calls;           // of targets that were found
  Counter exchanges;       // communications of theirs that are no calls
  Counter over;            // neither: followed_max or exchanges_max
  Counter reports;         // that an encoder lcore was told of
  Counter reports_lost;    // their ring was full
  Counter endpoints_over;  // addresses of media that had no room in a report, or beside other calls': not copied
  Counter shared;          // endpoints that another call names as well, whenever one became so
  Counter pairs_over;      // of shared endpoints: pairs beyond 8, of which nothing is copied
};

class CallDesk : public Tracker, public CallSink, public CallFollower {
 public:
  // As CallTracker::make(). `office` outlives this.
  static Result<std::unique_ptr<CallDesk>> make(CallDeskPlan plan, TaskOffice& office);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  void on_tick(PacketTime now, SessionSink& sink) noexcept override;
  void on_call_event(const CallEvent& event) noexcept override;
  void tasks_changed(std::shared_ptr<const CallWatch> watch, std::span<const TaskSlot> removed,
                     std::span<const TaskSlot> added, PacketTime now) noexcept override;

  [[nodiscard]] const CallDeskCounters& counters() const { return counters_; }
  [[nodiscard]] const CallTracker& tracker() const { return *tracker_; }
  [[nodiscard]] const StreamTable& streams() const { return *streams_; }
  // (call, task) pairs at this moment, those that ended lately among them.
  [[nodiscard]] size_t followed() const { return followed_.size(); }

 private:
  // One of the tasks that ask for somebody in the message at hand.
  struct Match {
    TaskSlot slot{};
    NameNumber name = 0;
    CallSide side = CallSide::kCalled;
  };
  // A call that one task asks for.
  struct Followed {
    uint32_t cin = 0;
    TargetName name;                    // by which it was found
    CallSide side = CallSide::kCalled;  // of the call, whoever sent the message
    bool is_told = false;
    bool has_ended = false;
    PacketTime forget_at;               // of one that has ended
    PacketTime began;                   // of the call
    std::vector<SessionAddress> media;  // what is bound
    IpPrefix source;                    // of its last message
    IpPrefix destination;
    uint16_t source_set = 0;
  };
  using CallKey = std::pair<CallId, TaskSlot>;
  using Calls = std::map<CallKey, Followed>;
  // An endpoint, and a task that has rules of it.
  using BoundKey = std::tuple<IpPrefix, PortRange, TaskSlot>;
  struct Bound {
    std::vector<CallId> calls;
    bool is_paired = false;  // another call names it as well: only what goes to or from the call's other ends counts
  };
  // A communication that is no call: a registration, a message, a subscription.
  struct Exchange {
    struct OfTask {
      uint32_t cin = 0;
      TargetName name;  // by which it was found
    };
    std::map<TaskSlot, OfTask> of_task;
    PacketTime forget_at;
  };

  CallDesk(CallDeskPlan plan, TaskOffice& office, std::unique_ptr<CallTracker> tracker,
           std::unique_ptr<StreamTable> streams);

  static IpPrefix host_of(bool ipv6, const std::array<uint8_t, 16>& address) {
    return {.ipv6 = ipv6, .bits = static_cast<uint8_t>(ipv6 ? 128 : 32), .octets = address};
  }
  void take_messages() noexcept;
  void take_message(const SignalRecord& record) noexcept;
  void find_matches(const SignalRecord& record) noexcept;
  void follow(const CallEvent& event, const Match& match) noexcept;
  void tell_call(const CallKey& key, Followed& followed, const CallEvent& event) noexcept;
  void tell_exchange(const CallEvent& event) noexcept;
  void fill_message(SessionReport& report) noexcept;
  void write(const SessionReport& report) noexcept;
  [[nodiscard]] static Direction direction_of(const Followed& followed, const CallEvent& event);

  void take_media(const CallKey& key, Followed& followed, const CallMediaView& described) noexcept;
  [[nodiscard]] std::vector<SessionAddress> media_of(const Followed& followed, const CallMediaView& described) noexcept;
  void bind(const CallKey& key, const Followed& followed, const SessionAddress& address) noexcept;
  void unbind(const CallKey& key, const SessionAddress& address) noexcept;
  void unbind_all(const CallKey& key, Followed& followed) noexcept;
  [[nodiscard]] bool is_shared(CallId call, const BoundKey& bound) const noexcept;
  void put_rules(const BoundKey& key, Bound& bound) noexcept;
  void add_rules(const CallKey& key, const Followed& followed, const SessionAddress& address, bool is_paired) noexcept;
  void settle_shared() noexcept;
  [[nodiscard]] TargetRule rule_of(TaskSlot slot, const Followed& followed,
                                   const SessionAddress& address) const noexcept;
  [[nodiscard]] bool still_asks(TaskSlot slot, const TargetName& name) const noexcept;

  // Those of one call, in the order of their tasks.
  template <typename Visit>
  void for_each_of(CallId call, Visit visit) noexcept;

  const CallDeskPlan plan_;
  TaskOffice& office_;
  std::unique_ptr<CallTracker> tracker_;
  std::unique_ptr<StreamTable> streams_;
  std::shared_ptr<const CallWatch> watch_;  // null: nobody asks
  CallDeskCounters counters_;
  Calls followed_;
  std::map<BoundKey, Bound> bound_;
  std::map<std::pair<uint64_t, uint64_t>, Exchange> exchanges_;  // by a keyed hash of set and Call-ID
  // Of the message at hand:
  const SignalRecord* record_ = nullptr;
  Message message_;
  FoundIdentities found_;
  NameMatches matched_;
  std::vector<Match> matches_;
  PacketTime swept_;
};

}  // namespace lictor::sip
