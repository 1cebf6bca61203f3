// Whose calls are targets', and what follows: a CIN for each communication of a task, a report of every message of it
// to the encoder lcore of the task, and rules by which the rx lcores know its media. Behind the rings of one session
// lcore, beside its SessionDesk, whose tasks and CINs it uses. Not thread-safe. Allocates for what is a target's alone,
// within the bounds of its plan.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/session_desk.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/call_tracker.h"
#include "dataplane/session/sip/call_watch.h"
#include "dataplane/session/sip/kept_identities.h"
#include "dataplane/session/sip/leg_index.h"
#include "dataplane/session/sip/nonce_memory.h"
#include "dataplane/session/sip/registration_table.h"
#include "dataplane/session/sip/stream_table.h"
#include "dataplane/session/sip/tap_echo.h"
#include "dataplane/session/task_office.h"
#include "dataplane/session/tracker.h"

namespace lictor::sip {

// By what calls are legs of one communication: what a node in between passes on from one to the other.
struct LegKeys {
  bool charging_vector = true;  // the icid-value of P-Charging-Vector (RFC 7315 section 4.6), of trusted nodes
  bool session_id = false;      // who calls writes it (RFC 7989)
  bool sdp_origin = false;      // the same, and many programs write one value always

  [[nodiscard]] bool any() const { return charging_vector || session_id || sdp_origin; }
};

// What is believed of messages of one set of servers.
struct CallSet {
  std::vector<IpPrefix> servers;  // whose answers say that credentials were taken, and where somebody is registered
  std::vector<IpPrefix> trusted;  // nodes of the operator's trust domain (RFC 3324)
  bool from = false;              // who sends From is checked by the operator
  bool preferred = false;         // and P-Preferred-Identity
  NumberPlan numbers;
  LegKeys legs;
  bool private_contacts = false;  // those at private addresses are one phone's each, in this network
  bool latching = true;  // of media to and from ends that nobody described, what answers to the call counts alone
};

// Where contacts of targets alone are kept: so many of others for each, of which nothing is known but that they are
// others'.
constexpr uint32_t kOthersOfRegistration = 4;

struct CallDeskPlan {
  CallTrackerPlan tracker;
  StreamTablePlan streams;
  std::vector<CallSet> sets;         // by source set
  std::vector<BindingScope> scopes;  // by source set: where their media count
  // Who is in which call is kept of everybody, so that who is asked for in its midst is found.
  bool keeps_all = false;
  // Contacts, of everybody or of targets alone; 0: nobody is found by the contact that he is registered under.
  uint32_t registrations_max = 16'384;
  uint32_t followed_max = 65'536;  // (call, task) pairs, those that ended lately among them
  // Communications of one task that nobody answered, the oldest of which ends for the next: whoever calls a target
  // again and again fills neither its encoder's place for it (SessionBounds::sessions_max) nor the tables with rules.
  uint32_t unanswered_max = 512;
  uint32_t exchanges_max =
      16'384;  // at least 1: communications of targets that are no calls, with what was said of them lately
  int64_t remembered_ns = 32 * kNanosecondsPerSecond;  // behind its last message: what is said of it still is its own
  bool replay = false;                                 // as of SessionDeskPlan
};

// Written by the session lcore, read by any thread.
struct CallDeskCounters {
  Counter messages;
  Counter keepalives;  // line ends alone
  Counter malformed;
  Counter calls;              // of targets that were found
  Counter joined;             // of them, that were found as legs of others alone
  Counter in_progress;        // of them, that were there before their task
  Counter exchanges;          // communications of theirs that are no calls
  Counter calls_over;         // of targets, that are not followed: followed_max
  Counter legs_over;          // the same of another's leg, or its communication has as many as are followed
  Counter exchanges_evicted;  // that others took the place of: exchanges_max
  Counter unanswered_over;    // calls that nobody had answered, and that ended for others of their task: unanswered_max
  Counter reports;            // that an encoder lcore was told of
  Counter reports_lost;       // their ring was full: the communication's state is told again, the record is lost
  Counter endpoints_over;     // addresses of media that had no room in a report: not copied
  Counter endpoint_calls_over;  // the same of calls at an endpoint that many of their task have
  Counter shared;               // endpoints that another call names as well, whenever one became so
  Counter pairs_over;           // of shared endpoints: pairs beyond kMediaPairsMax, of which nothing is copied
  Counter identities_over;      // of calls and registrations, that had no room: nobody is found by them
  Counter contacts_of_many;     // at addresses that are used in many networks: nobody is found by them
  Counter contacts_shared;      // messages that name one under which several are registered: it is nobody's
  Counter echoes;               // messages of targets that had passed another tap just before
  Counter held_over;            // requests with a target's credentials that had no room before they were answered
  Counter credentials_unasked;  // anybody's, that answer no challenge which was heard: nobody is found by them
};

class CallDesk : public Tracker, public CallSink, public CallFollower {
 public:
  // As CallTracker::make(), StreamTable::make() and RegistrationTable::make(); each set has its scope. `office`
  // outlives this.
  static Result<std::unique_ptr<CallDesk>> make(CallDeskPlan plan, TaskOffice& office);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  void on_tick(PacketTime now, SessionSink& sink) noexcept override;
  void on_call_event(const CallEvent& event) noexcept override;
  void tasks_changed(std::shared_ptr<const CallWatch> watch, std::span<const TaskSlot> removed,
                     std::span<const TaskSlot> added, PacketTime now) noexcept override;
  std::optional<CallPlace> next_news(std::optional<CallPlace> last, PacketTime now,
                                     SessionReport& news) noexcept override;
  void bind_calls_at(TaskSlot slot, const MediaPlace& place) noexcept override;

  [[nodiscard]] const CallDeskCounters& counters() const { return counters_; }
  [[nodiscard]] const CallTracker& tracker() const { return *tracker_; }
  [[nodiscard]] const StreamTable& streams() const { return *streams_; }
  // Null: nobody is found by his contact.
  [[nodiscard]] const RegistrationTable* registrations() const { return registrations_.get(); }
  // (call, task) pairs at this moment, those that ended lately among them.
  [[nodiscard]] size_t followed() const { return followed_.size(); }

 private:
  // One of the tasks that ask for somebody in the message at hand.
  struct Match {
    TaskSlot slot{};
    NameNumber name = 0;
    IdentityRole role = IdentityRole::kTo;  // of the field that names it
    CallSide side = CallSide::kCalled;
  };
  // A call that one task asks for.
  struct Followed {
    uint32_t cin = 0;
    TargetName name;                    // by which it was found
    CallSide side = CallSide::kCalled;  // of the call, whoever sent the message
    bool is_new = true;                 // nothing of it was told
    bool refers = false;                // the target has asked its other party to go on without it
    bool has_ended = false;
    bool is_pushed_out = false;         // for newer ones, while nobody had answered it; its answer brings it back
    PacketTime forget_at;               // of one that has ended
    PacketTime began;                   // of the call
    std::vector<SessionAddress> media;  // what is bound
    IpPrefix source;                    // of its last message
    IpPrefix destination;
    uint16_t source_set = 0;
    uint32_t clock = 0;          // of its media, as CallPart::clock
    uint64_t session = 0;        // SessionReport::session
    CallDescriptions described;  // that others were told of
  };
  using CallKey = std::pair<CallId, TaskSlot>;
  using Calls = std::map<CallKey, Followed>;
  // What has one CIN: a call, or its legs, each with a Call-ID of its own.
  struct Communication {
    std::vector<CallId> open;
    uint32_t legs = 0;  // those that have ended among them
    bool is_told = false;
    uint64_t unanswered = 0;  // its place among those of its task that nobody answered; 0: it has none
  };
  using CommunicationKey = std::pair<TaskSlot, uint32_t>;
  // An endpoint, and a task that has rules of it.
  using BoundKey = std::tuple<IpPrefix, PortRange, TaskSlot>;
  struct Bound {
    std::vector<CallId> calls;
    bool is_paired = false;  // another call names it as well: only what goes to or from the call's other ends counts
  };
  // What is left of media of a call that has ended.
  struct Lingering {
    PacketTime until;
    std::vector<TargetRule> rules;
  };
  // A communication that is no call: a registration, a message, a subscription.
  struct Exchange {
    struct OfTask {
      uint32_t cin = 0;
      TargetName name;  // by which it was found
      bool is_told = false;
    };
    std::map<TaskSlot, OfTask> of_task;
    PacketTime forget_at;
  };
  using ExchangeKey = std::pair<uint64_t, uint64_t>;  // a keyed hash of set and Call-ID, and of a REGISTER's To
  // What is kept of a call that nobody asks for.
  struct Background {
    PacketTime began;
    uint16_t source_set = 0;
    uint16_t port = 0;  // where it was heard
    bool ipv6 = false;
    std::array<uint8_t, 16> source;  // of its first message
    std::array<uint8_t, 16> destination;
    KeptIdentities identities;
  };

  // A request until its answer says whether its credentials were taken.
  struct Held {
    KeptIdentities credentials;
    SignalRecord record;  // whose frame is `octets`
    std::vector<uint8_t> octets;
  };
  static constexpr size_t kHeldMax = 1024;
  using Transaction = std::pair<uint64_t, uint64_t>;  // a keyed hash of set, Call-ID, CSeq and branch

  CallDesk(CallDeskPlan plan, TaskOffice& office, std::unique_ptr<CallTracker> tracker,
           std::unique_ptr<StreamTable> streams, std::unique_ptr<RegistrationTable> registrations,
           std::optional<PrivateArray<Background>> background);

  static IpPrefix host_of(bool ipv6, const std::array<uint8_t, 16>& address) {
    return {.ipv6 = ipv6, .bits = static_cast<uint8_t>(ipv6 ? 128 : 32), .octets = address};
  }
  [[nodiscard]] static bool is_sent_by(std::span<const IpPrefix> nodes, const SignalRecordHeader& header);
  void take_messages() noexcept;
  void take_message(const SignalRecord& record) noexcept;
  [[nodiscard]] bool asks_anything() const noexcept { return watch_ != nullptr && watch_->index->size() != 0; }
  [[nodiscard]] bool is_of_followed() noexcept;
  void find_matches(const SignalRecord& record) noexcept;
  [[nodiscard]] static CallSide side_in(const Message& message, IdentityRole role);
  [[nodiscard]] static CallSide side_of_call(CallSide side, const CallEvent& event);
  // `side` of the call, and the field of the message at hand, where `found` does not say it.
  void add_matches(const FoundIdentities& found, const CallSet& set, uint16_t port, std::optional<CallSide> side,
                   std::optional<IdentityRole> role = {}) noexcept;
  [[nodiscard]] bool is_of_no_call() noexcept;
  [[nodiscard]] bool is_of_call(const CallEvent& event) noexcept;
  [[nodiscard]] bool is_callers_word(IdentityRole role, const CallEvent& event) const noexcept;
  Followed* follow(const CallEvent& event, const Match& match) noexcept;
  void go_on(const CallKey& key, Followed& followed) noexcept;
  void stop_following(Calls::iterator at, PacketTime now) noexcept;
  void sweep(PacketTime now) noexcept;
  Followed& emplace(const CallKey& key, Followed followed) noexcept;
  Followed* open_communication(const CallKey& key, Followed followed, PacketTime now) noexcept;

  // Calls that nobody answered, in call_desk_unanswered.cc.
  void make_room_for_unanswered(TaskSlot slot, PacketTime now) noexcept;
  void count_unanswered(TaskSlot slot, uint32_t cin, CallId call) noexcept;
  void no_longer_unanswered(TaskSlot slot, Communication& whole) noexcept;
  void bring_back(const CallEvent& event) noexcept;

  void take_event(const CallKey& key, Followed& followed, const CallEvent& event) noexcept;
  void tell_call(const CallKey& key, Followed& followed, const CallEvent& event) noexcept;
  [[nodiscard]] static CallStep step_of(const CallEvent& event, Communication& whole);
  void tell_exchange(const CallEvent& event) noexcept;
  [[nodiscard]] ExchangeKey exchange_key(uint16_t source_set) const noexcept;
  void make_room_beside(const ExchangeKey& key) noexcept;
  static void fill_message(SessionReport& report, const SignalRecord& record, Bytes message) noexcept;
  // What had no room is lost; what it says of the state of its communication, which `call` is of, is told again.
  void write(const SessionReport& report, CallId call = kNoCall) noexcept;
  [[nodiscard]] SessionReport state_of(const CommunicationKey& key, CallId last, PacketTime now) noexcept;
  void tell_again(PacketTime now) noexcept;
  [[nodiscard]] bool is_echo() noexcept;
  [[nodiscard]] static Direction direction_of(const Followed& followed, const CallEvent& event);

  // Contacts and credentials, in call_desk_names.cc.
  [[nodiscard]] bool accepts_registration() const noexcept;
  [[nodiscard]] bool is_sent_by_server(const SignalRecord& record) const noexcept;
  template <typename Visit>
  void for_each_form(const CallUri& uri, uint16_t source_set, Visit visit) noexcept;
  void find_registered(const SignalRecord& record) noexcept;
  struct Contacts {
    size_t count = 0;
    bool have_gruus = false;
  };
  Contacts add_contacts(const SignalRecord& record, std::vector<RegisteredKey>& keys) noexcept;
  bool add_temporary_name(const Address& contact, uint16_t source_set, PacketTime until,
                          std::vector<RegisteredKey>& keys) noexcept;
  void take_registration(const SignalRecord& record) noexcept;
  [[nodiscard]] bool is_asked_for(const KeptIdentities& names, const SignalRecord& record) noexcept;
  template <typename Visit>
  uint32_t for_each_credential(const SignalRecordHeader& header, Visit visit) noexcept;
  void hold(const SignalRecord& record) noexcept;
  void sweep_held(PacketTime now) noexcept;
  void release(const SignalRecord& record) noexcept;
  [[nodiscard]] Transaction transaction_of(const SignalRecord& record) const noexcept;
  void tell_released(SessionReport report, CallStep step) noexcept;

  // Legs and calls in progress, in call_desk_legs.cc.
  void begin(const CallEvent& event) noexcept;
  [[nodiscard]] uint32_t take_clock(TaskSlot slot) noexcept;
  void look_at_clocks() noexcept;
  void leave(CallId call) noexcept;
  void keep(const CallEvent& event) noexcept;
  void keep_keys(const CallEvent& event) noexcept;
  void join(CallId call, const CallEvent& event) noexcept;
  void note_replaced(const CallEvent& event) noexcept;
  void take_replaced(const CallEvent& event) noexcept;
  void take_leg(const CallKey& key, const Followed& other, const CallEvent& event) noexcept;
  [[nodiscard]] bool leaves_others(const CallKey& key, const Followed& followed) const noexcept;
  void find_in_progress(PacketTime now) noexcept;
  void follow_in_progress(CallId call, const Background& kept, PacketTime now) noexcept;
  void end_leg(const CallKey& key, Followed& followed, PacketTime now) noexcept;
  void tell_active(const CallKey& key, Followed& followed, PacketTime now) noexcept;
  void forget(Calls::iterator at) noexcept;
  void forget_ended() noexcept;
  [[nodiscard]] bool is_forgettable(const CallKey& key, const Followed& followed) const noexcept;
  [[nodiscard]] std::span<const SessionAddress> media_of_all(const CallKey& key, const Followed& followed) noexcept;
  [[nodiscard]] CallDescriptions described_of_all(const CallKey& key, const Followed& followed) const noexcept;

  void take_media(const CallKey& key, Followed& followed, const CallMediaView& described) noexcept;
  [[nodiscard]] std::vector<SessionAddress> media_of(const Followed& followed, const CallMediaView& described) noexcept;
  void bind(const CallKey& key, const Followed& followed, const SessionAddress& address) noexcept;
  void unbind(const CallKey& key, const SessionAddress& address) noexcept;
  void unbind_all(const CallKey& key, Followed& followed) noexcept;
  [[nodiscard]] bool is_shared(CallId call, const BoundKey& bound) const noexcept;
  void put_rules(const BoundKey& key, Bound& bound) noexcept;
  [[nodiscard]] static EndpointName name_of(const BoundKey& key);
  void linger(const BoundKey& key, PacketTime until, std::vector<TargetRule> rules) noexcept;
  template <typename ByKey, typename Visit>
  static void for_each_at(ByKey& all, const EndpointName& name, Visit visit) noexcept;
  [[nodiscard]] size_t lingering_at(const EndpointName& name) noexcept;
  void end_lingering(std::map<BoundKey, Lingering>::iterator at) noexcept;
  void unbind_later(const CallKey& key, Followed& followed, PacketTime now) noexcept;
  void add_all_rules(const BoundKey& key, const Bound& bound) noexcept;
  void add_rules(const CallKey& key, const Followed& followed, const SessionAddress& address, bool is_paired) noexcept;
  void settle_shared() noexcept;
  [[nodiscard]] TargetRule rule_of(TaskSlot slot, const Followed& followed,
                                   const SessionAddress& address) const noexcept;
  [[nodiscard]] bool still_asks(TaskSlot slot, const TargetName& name) const noexcept;

  // What other dataplanes are to know, in call_desk_news.cc.
  [[nodiscard]] SessionReport news_of(const CallKey& key, const Followed& followed, PacketTime now) noexcept;
  [[nodiscard]] bool is_news(const CallKey& key, const Followed& followed) const noexcept;
  void tell_news(PacketTime now) noexcept;
  void tell_gone(const CallKey& key, const Followed& followed, PacketTime now) noexcept;

  // visit(iterator) of what each task follows of one call, in the order of tasks. It may forget that.
  template <typename Visit>
  void for_each_of(CallId call, Visit visit) noexcept {
    for (auto at = followed_.lower_bound({call, TaskSlot{}}); at != followed_.end() && at->first.first == call;) {
      const auto here = at++;
      visit(here);
    }
  }

  const CallDeskPlan plan_;
  TaskOffice& office_;
  std::unique_ptr<CallTracker> tracker_;
  std::unique_ptr<StreamTable> streams_;
  std::shared_ptr<const CallWatch> watch_;  // null: nobody asks
  CallDeskCounters counters_;
  Calls followed_;
  std::vector<uint32_t> clocks_;            // numbers that are free
  uint32_t clocks_taken_ = 0;               // those that were free never
  std::optional<CallKey> clock_looked_at_;  // in followed_: the next ones are behind it
  std::map<CommunicationKey, Communication> communications_;
  std::map<TaskSlot, std::map<uint64_t, uint32_t>> unanswered_;  // CINs by Communication::unanswered: the oldest first
  uint64_t unanswered_taken_ = 0;                                // of these places
  std::map<CommunicationKey, CallId> stale_;  // whose encoder does not know its state, and the call last told of it
  std::map<BoundKey, Bound> bound_;
  std::map<BoundKey, Lingering> lingering_;  // of endpoints that nobody names any more; never of what is in bound_
  std::map<ExchangeKey, Exchange> exchanges_;
  LegIndex legs_;
  std::map<CallId, std::pair<CallId, Hash128>> replaced_;  // by who would go on instead: the call, and its key
  std::unique_ptr<RegistrationTable> registrations_;       // null: none is kept
  bool has_other_names_ = false;  // somebody was registered with credentials that are asked for, or with a GRUU
  NonceMemory nonces_{plan_.tracker.key};
  std::map<Transaction, Held> held_;
  TapEcho echo_;
  std::optional<PrivateArray<Background>> background_;  // by call
  uint32_t to_look_at_ = 0;                             // of it: behind a change of tasks
  // Of the message at hand:
  const SignalRecord* record_ = nullptr;
  Message message_;
  FoundIdentities found_;
  FoundIdentities others_;  // that are not in it, or not believed yet
  NameForms forms_;
  std::optional<bool> is_echo_;                 // where that was asked
  const KeptIdentities* registered_ = nullptr;  // whom its Request-URI means
  std::optional<Held> released_;                // what it answers, whose credentials were taken
  NameMatches matched_;
  std::vector<Match> matches_;
  std::vector<SessionAddress> addresses_;  // of the report at hand
  size_t rules_of_key_ = 0;                // where in the office's changes those of the endpoint at hand begin
  bool is_trusted_ = false;
  PacketTime swept_;
  bool has_forgotten_ = false;              // what had ended, since swept_
  std::vector<CallKey> news_due_;           // of which something has changed
  std::vector<SessionAddress> news_media_;  // of the news at hand
  std::vector<uint8_t> news_name_;          // the same
};

}  // namespace lictor::sip
