// Whose sessions are targets', and what follows: a CIN for each, a report to the encoder lcore of its task, and a rule
// by which the rx lcores know its packets. Behind the trackers of one session lcore; reports of what a message means
// are in the rings before the table that carries its rules is published, which is the lcore's business
// (session_loop.h). Not thread-safe. Allocates for what is a target's alone, within the bounds of its plan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/cin_ranges.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/doorbell.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/spsc_queue.h"
#include "dataplane/packet/session_report.h"
#include "dataplane/packet/target_rule.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/task_office.h"
#include "dataplane/session/watch_table.h"

namespace lictor {

// Where packets count for a binding, and where signalling was heard that makes one.
struct BindingScope {
  uint32_t ports = UINT32_MAX;
  uint8_t vlan_count = 0;
  std::array<uint16_t, kVlanTagsMax> vlans{};
  uint32_t label = kNoContext;
  uint32_t vni = kNoContext;
};

// Most of a task's CINs are used.
struct CinWish {
  TaskSlot slot{};
  uint32_t first = 0;  // of the newest lease that the desk knows
};

// The rule counts where both scopes hold from now on.
void narrow(TargetRule& rule, const BindingScope& scope);

struct WatchedTask {
  TaskSlot slot{};
  Xid xid;  // what outlives a process knows it by
  std::vector<WatchedIdentity> identities;
  LegalTime start;
  LegalTime stop;
  bool cc = true;    // rules are made: packets are copied
  bool raw = false;  // messages travel with the reports
  ShownLocation location = ShownLocation::kNo;
  bool redirected_calls = false;  // what the target redirects or transfers counts when it has left it
  BindingScope scope;
  CinLease cins;  // beside what is left of former ones
};

// A session of a watched task's target that another dataplane tells of: each time all of it.
struct RemoteSession {
  TaskSlot slot{};
  uint32_t cin = 0;
  PacketTime since;
  PacketTime changed;
  bool over = false;
  std::vector<SessionAddress> addresses;
  SessionSource source = SessionSource::kRadius;  // kSip: it is a call
  CallDescriptions described;                     // of a call
};

// The control thread's word: from now on `table`, whose tasks are those before without `removed`, and `added`. A task
// that is in both keeps its sessions and their CINs where its names still hold.
struct WatchChange {
  std::unique_ptr<const WatchTable> table;      // null: as before, and neither added nor removed
  std::shared_ptr<const sip::CallWatch> calls;  // the same of names in calls
  std::vector<WatchedTask> added;
  std::vector<TaskSlot> removed;
  std::vector<RemoteSession> remotes;  // behind all that
  // Not 0: the control thread wants news of every session that is followed, and behind them one without CIN whose
  // `session` is this. What it asked for before is given up.
  uint64_t tell_all = 0;
};

class SessionKeeper;

struct SessionDeskPlan {
  uint32_t tasks_max = 4096;              // slots are below it
  uint32_t target_sessions_max = 65'536;  // (session, task) pairs
  std::vector<BindingScope> scopes;       // by source set
  // Packets' time is another one than that of windows: no rule ends by a session's deadline, only the session does.
  bool replay = false;
  // By encoder lcore, as encoder_of() says; they outlive the desk.
  std::vector<ReportRing*> reports;
  SpscQueue<CinWish>* wishes = nullptr;  // to the control thread; null: nobody leases more
  SessionKeeper* keeper = nullptr;       // null: nothing is kept before the end
  // What other dataplanes are to know, to the control thread, and who wakes it; null: nobody is told.
  ReportRing* news = nullptr;
  Doorbell* news_bell = nullptr;
};

// Written by the session lcore, read by any thread.
struct SessionDeskCounters {
  Counter sessions;       // of targets that were found
  Counter unheard;        // of targets, that ended without a word of it (SessionEvent::is_unheard)
  Counter sessions_over;  // of targets, that are not followed: target_sessions_max
  Counter cins_missing;   // events and sessions that no CIN was left for: nothing of them is delivered
  Counter reports;
  Counter reports_lost;  // their ring was full: the session's state is told again, the event is lost
  Counter news_lost;     // the same of news: all are told again when the control thread asks
  Counter remotes;       // sessions that other dataplanes told of
  Counter remotes_ended;
  Counter remotes_over;        // of them, that there was no room for: target_sessions_max
  Counter remotes_pairs_over;  // of their shared endpoints: pairs beyond kMediaPairsMax, of which nothing is copied
};

// A task's session that a former process followed.
struct FollowedImage {
  SessionId session = kNoSession;
  Xid xid;
  uint32_t cin = 0;
};

class SessionDesk : public SessionSink, public TaskOffice {
 public:
  // Of what is followed, a round, where all is told: 65,536 take 1,024 rounds, and none of them waits for long.
  static constexpr size_t kNewsPerRound = 64;
  // A message that travels with a report: a UDP datagram's.
  static constexpr size_t kRawBytesMax = 65'536;

  // `book` is the one of the trackers that report here, and outlives this.
  SessionDesk(SessionDeskPlan plan, SessionBook& book);

  // --- for snapshots: session lcore; main thread, while none runs ---
  // visit(const Xid&, cin) of each task that was told of the session, here or by a former process.
  template <typename Visit>
  void for_each_image(SessionId session, Visit visit) const {
    for (uint32_t number = of_session_[static_cast<uint32_t>(session)]; number != 0;) {
      const Followed& followed = followed_[number - 1];
      number = followed.next;
      if (!followed.is_new) visit(tasks_[index_of(followed.slot)].watched.xid, followed.cin);
    }
    for (auto at = resumed_.lower_bound({session, Xid{}}); at != resumed_.end() && at->first.first == session; ++at)
      visit(at->first.second, at->second);
  }
  // The same: main thread, before a session lcore runs.
  // Where a task of this XID asks for it, it goes on under this CIN, and that is said.
  void resume(const FollowedImage& image) { resumed_[{image.session, image.xid}] = image.cin; }

  void on_event(const SessionEvent& event) noexcept override;
  // Before a session lcore runs: who is told of changes, too. It outlives this.
  void follow_calls_by(CallFollower& calls) { calls_ = &calls; }

  [[nodiscard]] const WatchedTask* watched(TaskSlot slot) const noexcept override {
    const Task& task = tasks_[index_of(slot)];
    return task.is_watched ? &task.watched : nullptr;
  }
  uint32_t take_cin(TaskSlot slot) noexcept override;
  bool write(const SessionReport& report) noexcept override;
  [[nodiscard]] std::atomic<int64_t>* media_clock(TaskSlot slot, uint32_t number) noexcept override;
  void tell_others(const SessionReport& report) noexcept override { tell_news(report, kNoSession); }
  void bind_remote_calls(TaskSlot slot, const MediaPlace& place) noexcept override;
  // At `now` by the packets' clock: sessions that are there already are found at once.
  void change(WatchChange change, PacketTime now) noexcept;

  // What became of rules since they were last taken, in order. The caller empties it.
  [[nodiscard]] std::vector<BindingChange>& bindings() noexcept override { return bindings_; }
  // Tells once more what found no room. Once a round.
  void tell_again(PacketTime now) noexcept;
  // Goes on with the news of all (WatchChange::tell_all). Once a round, before publish(); answers whether it told any.
  bool tell_more_news(PacketTime now) noexcept;
  // Lets the encoders and the control thread see what was told.
  void publish() noexcept;
  // Behind publish(): everything that any rx lcore received up to `until` has been told of.
  void passed(LegalTime until) noexcept;

  [[nodiscard]] const SessionDeskCounters& counters() const { return counters_; }
  // (session, task) pairs at this moment.
  [[nodiscard]] size_t followed() const { return followed_count_; }

 private:
  // A session that one task asks for.
  struct Followed {
    SessionId session = kNoSession;
    TaskSlot slot{};
    uint32_t cin = 0;
    uint32_t next = 0;              // of the same session, or of the free ones; 0: none, else its number + 1
    LegalTime deadline{INT64_MAX};  // its rules end here at the latest
    PacketTime heard;               // when its first message came: none of its rules begins before
    bool is_new = false;            // nothing was told of it yet
    bool is_resumed = false;        // a former process has told of it, and this one not
    bool is_stale = false;          // its encoder does not know its state
  };
  struct Task {
    WatchedTask watched;
    bool is_watched = false;
    CinRanges cins;
    uint32_t wished = 0;  // CinWish::first of the last one
    uint64_t told = 0;    // the number of the last event without session that it was told of
  };

  // The tasks.
  void take_removed(TaskSlot slot, PacketTime now) noexcept;
  void take_added(WatchedTask watched, PacketTime now) noexcept;
  [[nodiscard]] bool asks(TaskSlot slot, SessionId session) const noexcept;

  // What is followed.
  void match(SessionId session) noexcept;
  void follow(SessionId session, TaskSlot slot) noexcept;
  void part(Followed& followed, const SessionEvent& event) noexcept;
  void tell_tasks(const SessionEvent& event) noexcept;
  void keep(const SessionEvent& event, bool was_marked) noexcept;
  void forget(Followed& followed) noexcept;
  [[nodiscard]] Followed* find(SessionId session, TaskSlot slot) noexcept;
  template <typename Visit>
  void for_each_of(SessionId session, Visit visit) noexcept;

  // Their rules.
  void bind(const Followed& followed, const SessionAddress& address, PacketTime since) noexcept;
  // Whether the session keeps the others of its addresses.
  enum class Leaving : uint8_t { kOne, kAll };
  void unbind(const Followed& followed, const SessionAddress& address, Leaving leaving) noexcept;
  void bind_all(const Followed& followed) noexcept;
  void unbind_all(const Followed& followed) noexcept;
  void bind_by(Followed& followed, const SessionEvent& event) noexcept;
  [[nodiscard]] TargetRule rule_of(const Followed& followed, const SessionAddress& address,
                                   PacketTime since) const noexcept;
  [[nodiscard]] LegalTime begin_of(LegalTime window, PacketTime since) const noexcept;

  // Their reports.
  void tell(Followed& followed, const SessionEvent& event) noexcept;
  void tell_without_session(const SessionEvent& event) noexcept;
  void tell_state(Followed& followed, SessionReport::Kind kind, PacketTime now) noexcept;
  [[nodiscard]] SessionReport report_of(const Followed& followed, const SessionEvent& event) noexcept;
  void fill_addresses(SessionReport& report, SessionId session) noexcept;
  void fill_names(SessionReport& report, SessionId session) const noexcept;
  void fill_raw(SessionReport& report, const SessionEvent& event) noexcept;
  // `session`: whose names of the task go with it; kNoSession: it is over, or a call, which has its name itself.
  void tell_news(const SessionReport& report, SessionId session) noexcept;
  // False: there is no room.
  bool put_news(const SessionReport& report, SessionId session) noexcept;
  bool put_state(const Followed& followed, PacketTime now) noexcept;
  bool put_next(PacketTime now) noexcept;
  void fill_matched(SessionReport& news, SessionId session) noexcept;

  // What other dataplanes tell, in desk_remotes.cc.
  using RemoteKey = std::pair<TaskSlot, uint32_t>;
  using Remotes = std::map<RemoteKey, RemoteSession>;
  struct RemotesOfTask {
    Remotes::iterator first;
    Remotes::iterator last;
    [[nodiscard]] Remotes::iterator begin() const { return first; }
    [[nodiscard]] Remotes::iterator end() const { return last; }
  };
  void take_remote(RemoteSession remote, PacketTime now) noexcept;
  void tell_remote(const RemoteSession& remote, SessionReport::Kind kind, PacketTime now) noexcept;
  void bind_remote(const RemoteSession& remote) noexcept;
  void bind_remote_at(const RemoteSession& remote, const SessionAddress& address) noexcept;
  void unbind_remote(const RemoteSession& remote) noexcept;
  void bind_remotes(TaskSlot slot) noexcept;
  void unbind_remotes(TaskSlot slot) noexcept;
  void drop_remotes(TaskSlot slot, PacketTime now) noexcept;
  void bind_others_at(const RemoteKey& changed, const SessionAddress& address) noexcept;
  void bind_remotes_at(TaskSlot slot, const IpPrefix& prefix) noexcept;
  // Those addresses of the task's remotes, without the one of `but`, of which IsThere answers true.
  template <typename IsThere>
  void bind_remotes_where(TaskSlot slot, uint32_t but, const IsThere& is_there) noexcept;
  [[nodiscard]] RemotesOfTask remotes_of(TaskSlot slot) noexcept {
    return {remotes_.lower_bound({slot, 0}), remotes_.upper_bound({slot, UINT32_MAX})};
  }
  [[nodiscard]] TargetRule rule_of(const RemoteSession& remote, const SessionAddress& address) const noexcept;

  const SessionDeskPlan plan_;
  SessionBook& book_;
  SessionDeskCounters counters_;
  std::unique_ptr<const WatchTable> table_;
  std::vector<Task> tasks_;           // by slot
  std::vector<uint32_t> of_session_;  // by session: as Followed::next
  std::vector<Followed> followed_;
  uint32_t free_ = 0;  // as Followed::next
  size_t followed_count_ = 0;
  size_t stale_count_ = 0;
  uint64_t events_without_session_ = 0;
  std::vector<BindingChange> bindings_;
  std::array<SessionAddress, kReportAddressesMax> addresses_;  // of the report at hand
  std::vector<uint8_t> raw_;                                   // the same
  std::vector<uint8_t> matched_;                               // the same
  Remotes remotes_;
  CallFollower* calls_ = nullptr;                          // null: nobody follows calls
  std::map<std::pair<SessionId, Xid>, uint32_t> resumed_;  // CINs
  bool has_news_ = false;                                  // that publish() has not shown
  uint64_t telling_all_ = 0;                               // WatchChange::tell_all that is being answered; 0: none
  size_t next_of_all_ = 0;                                 // of followed_, and behind all of them:
  std::optional<CallPlace> last_of_all_;                   // that was told
  bool are_calls_told_ = false;                            // there is none behind it
};

}  // namespace lictor
