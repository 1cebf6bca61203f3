// The tasks of this dataplane: what lictord asked for, joined, started, changed and ended in an order that loses
// nothing and copies nothing that is not asked for. Sole writer of the tables of rx lcores and of the encoders'
// commands. Control thread only.
//
// A task needs its tap and its mediation; they come in either order. Starting: the encoder is told, then the tables are
// published. Ending: they go first, and after their grace period the encoder is told to end behind what is under
// way. A slot is used again when the encoder has ended, everything is delivered or given up, and no table names it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/agent/backlog_watch.h"
#include "dataplane/agent/command_line.h"
#include "dataplane/agent/filter_board.h"
#include "dataplane/agent/flood_watch.h"
#include "dataplane/agent/given_up_watch.h"
#include "dataplane/agent/rate_watch.h"
#include "dataplane/agent/record_totals.h"
#include "dataplane/agent/task_build.h"
#include "dataplane/agent/watch_board.h"
#include "dataplane/base/latest_time.h"
#include "dataplane/dpdk/live_table.h"
#include "dataplane/flow_table_builder.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/rx_tables.h"
#include "encoders/handover/peer_book.h"
#include "encoders/integrity/integrity_thread.h"
#include "encoders/integrity/signing_key_files.h"

namespace lictor {

// Whether anybody follows sessions here: whom signalling names can be a target then.
enum class Signalling : uint8_t { kNone, kConfigured };

// What the registry works upon. Everything outlives it.
struct RegistryPlan {
  ElementIdentity element;
  bool replay = false;  // destinations must be lab's
  Signalling signalling = Signalling::kNone;
  WatchOutlet watches;  // where signalling is configured
  LiveTable<RxTables>* tables = nullptr;
  FlowLimits flow_limits;
  FloodLimits floods;
  std::function<void()> before_publishing;  // wakes whoever sleeps because nothing was tapped; may be empty
  std::vector<CommandLine*> encoders;
  Handover* handover = nullptr;
  PatternCompiler* patterns = nullptr;   // null: taps with patterns are refused
  PeerBook* peers = nullptr;             // the handover's; null: nobody is left out
  IntegrityThread* integrity = nullptr;  // null: profiles that want it are refused
  SigningKeyFiles signing_keys;
  PayloadKeyFiles payload_keys;
  std::span<TaskAccount> accounts;   // by slot; their number is tasks_max
  std::span<TaskProgress> progress;  // by slot
  std::vector<RxAccount*> rx;
  AlarmQueue* alarms = nullptr;
};

enum class TaskReport : uint8_t { kPending, kActive, kDraining, kEnded };

struct TaskView {
  Xid xid;
  TaskReport report = TaskReport::kPending;
  RecordTotals records;
  // Of each series: the number that follows that of the record which was confirmed last; 0: none was.
  std::array<uint64_t, kTaskSeries> confirmed_next{};
};

class TaskRegistry {
 public:
  explicit TaskRegistry(RegistryPlan plan)
      : plan_(std::move(plan)), flows_(plan_.flow_limits), filters_(plan_.patterns), watches_(plan_.watches) {}

  // Takes a directive in. What it changes is in force after the next commit(). Refused with a reason that names neither
  // a target nor a LIID; then nothing has changed, but that a tap which was to be changed copies no more than both
  // versions of it order.
  Status apply(const TapDirective& tap, LegalTime now);
  Status apply(const MediationDirective& mediation, LegalTime now);
  Status apply(const WithdrawalDirective& withdrawal);
  // This tap is refused whatever there is room for: nothing is copied any more that it does not order.
  void narrow(const TapDirective& refused, LegalTime now);
  // The tap was changed in a way that is not understood: nothing is copied for it until it is said anew.
  void distrust(const Xid& xid, LegalTime now);

  // Puts what was applied in force: returns after the grace period of the new table.
  void commit(LegalTime now);

  // Follows what the other threads did: windows that ended, records that were delivered. Often; cheap: no more than
  // kTasksPerTick tasks are looked at, and the others by the next calls.
  static constexpr size_t kTasksPerTick = 1024;
  void tick(LegalTime now, SocketTime socket);

  // lictord sends everything anew: what it does not mention before end_snapshot() is ended then.
  void begin_snapshot();
  void end_snapshot(LegalTime now);

  // How many tasks copy at `now`: in force, inside their windows.
  [[nodiscard]] size_t active_count(LegalTime now) const;
  // Whether any task's targets are in the tables, before its window too. Those of a task that orders signalling alone,
  // or targets in scopes of other dataplanes alone, are not.
  [[nodiscard]] bool taps_anybody() const;
  // Whether every task has ended and is delivered: there is nothing to follow.
  [[nodiscard]] bool is_at_rest() const;
  // Every task that is known, also those that have ended as long as their slots are not needed.
  [[nodiscard]] std::vector<TaskView> views() const;
  // Appends the views of so many tasks from this one on (nothing: the first). Answers where to go on; nothing: all were
  // read.
  std::optional<Xid> read_views(const std::optional<Xid>& from, size_t count, std::vector<TaskView>& views) const;
  // Tasks whose slots were used again: those that are known no more, though totals() has what they counted.
  [[nodiscard]] uint64_t tasks_forgotten() const { return tasks_forgotten_; }
  // An operator's message to each HI2 destination of the agency that has an active task: by one of its tasks. Answers
  // to how many. Test lines do not count.
  size_t send_message(const std::string& agency_id, const std::string& text, TaskCommand::Kind kind);
  // When the agency of a destination wants to be told of its backlog, also of what ended tasks left there.
  [[nodiscard]] BacklogRule backlog_rule(const std::string& destination_id) const;

  // What another dataplane tells of a session of this task, known or not: in force after the next tick.
  void take_remote(const Xid& xid, RemoteSession remote) { watches_.take(xid, std::move(remote)); }
  // The task whose slot it is; nothing where it does not run.
  [[nodiscard]] std::optional<Xid> running_at(TaskSlot slot) const;
  // Whose CINs run out, where no more were leased meanwhile.
  [[nodiscard]] std::optional<Xid> task_of(const CinWish& wish) const;
  // The newest CINs for its sessions; nothing where the task is not known or has none.
  [[nodiscard]] std::optional<CinLease> leased_cins(const Xid& xid) const;

  // --- for acceptance runs, of a task by its XID ---
  // A command to its encoder, behind what was pushed before. FailedPrecondition where it does not run.
  Status order(const Xid& xid, TaskCommand command);
  // Whether its encoder has taken all of them.
  [[nodiscard]] bool commands_done(const Xid& xid) const;
  // Nothing where it is not known, or not any more.
  [[nodiscard]] std::optional<TaskView> view(const Xid& xid) const;

  // Of all tasks since the start of the process; `views`: of all tasks, with none forgotten since they were read.
  [[nodiscard]] RecordTotals totals(const std::vector<TaskView>& views) const;
  [[nodiscard]] RecordTotals totals() const { return totals(views()); }
  [[nodiscard]] const FlowTableBuilder& flows() const { return flows_; }
  // To every active task's agency: something was lost that nobody can attribute. At most 256 octets.
  void tell_all(const std::string& text);
  // To the agency of this destination, once, by one of the active tasks that are delivered there: what all of them have
  // in common.
  void tell_destination(const std::string& destination_id, const std::string& text);
  // The same by one of those that share a connection there, or by `owner`, whose connection is its own.
  void tell_connection(const std::string& destination_id, const std::optional<Xid>& owner, const std::string& text);
  // Whether the host's clock can be trusted, in words: to the agency of each active task, also of those that become
  // active while it cannot. That it can again, to those who heard that it could not.
  void tell_time(bool trusted, std::string text);
  // To each active task's agency, what of it was given up in the spools. About once a second; what is much to tell is
  // told over several ticks.
  void tell_given_up(LegalTime now);

  // An encoder lcore takes all commands that wait in one round, and its rings wait meanwhile: of words that go to many
  // tasks no more than these are under way between two ticks.
  static constexpr size_t kWordsPerTick = 64;

 private:
  static constexpr int64_t kLanesLookNs = 100'000'000;

  enum class Phase : uint8_t { kWaiting, kRunning, kLeaving, kDraining, kEnded };

  struct Task {
    std::optional<TapDirective> tap;
    TaskFilter filter;  // of the tap
    std::optional<MediationDirective> mediation;
    Phase phase = Phase::kWaiting;
    std::optional<TaskSlot> slot;
    bool revoked = false;
    uint64_t command = 0;  // number of the last one
    std::vector<DestinationHandle> handles;
    std::vector<TargetRule> rules;         // in the target table
    std::vector<TargetRule> flows;         // in the flow table
    std::array<GivenUpWatch, 2> given_up;  // of HI2 and HI3
    SocketTime deadline;                   // the monotonic one beside the legal clock
    OwnParts own;                          // from its start on
    RateWatch rate;
    FloodWatch flood;
    const Spool* shared_hi3 = nullptr;  // that it appends content to, and others may; null: it has one of its own
    bool lane_refused = false;          // it should have one
    uint64_t time_word = 0;             // of `time_`, that its agency has heard or need not hear
    bool time_doubted = false;          // and it was that time cannot be trusted
    std::string untold;                 // to its agency, once it is active
    bool only_delivers = false;         // it ended under a former process: there is no tap, and nothing to encode
    bool tap_mentioned = false;
    bool mediation_mentioned = false;
  };
  // Destinations of a task that was replaced: closed when the encoder lcore has taken the command.
  struct Retired {
    size_t encoder;
    uint64_t command;
    std::vector<DestinationHandle> handles;
  };

  Result<Task*> find_or_add(const Xid& xid);
  void forget_if_empty(const Xid& xid);
  [[nodiscard]] size_t targets_held() const;
  [[nodiscard]] bool has_room_for_targets();
  Status change_tap(Task& task, const TapDirective& tap, LegalTime now);
  void keep_common(Task& task, const TapDirective& refused, LegalTime now);
  void silence(Task& task, TapDirective tap, LegalTime now);
  Status follow(Task& task, LegalTime now);
  Result<std::unique_ptr<EncodeTask>> make_task(const Task& task, TaskSlot slot);
  Status give_chain(EncodeTask& made, const MediationDirective& mediation, TaskSlot slot);
  Status start(Task& task, LegalTime now);
  Status replace(Task& task, LegalTime now);
  [[nodiscard]] bool has_left(const MediationDirective& mediation) const;
  Status deliver_only(const MediationDirective& mediation, LegalTime now);
  static void take_own(Task& task, const TaskDestinations& destinations);
  void recover(Task& task, const TaskDestinations& destinations, EncodeTask* encode, LegalTime now);
  void erase_key(const Xid& xid, Task& task);
  Result<TaskSlot> take_slot();
  void push_task(Task& task, TaskCommand::Kind kind, std::unique_ptr<EncodeTask> encode, LegalTime now);
  void leave(const Xid& xid, bool revoked);
  [[nodiscard]] bool can_tell(const Task& task) const;
  void go_on_telling(LegalTime now);
  void tell_given_up(Task& task, LegalTime now, bool last);
  void alarm_agency(const Task& task, std::string text);
  void follow_untold(Task& task);
  uint64_t tell_unchecked(Task& task, const TaskDestinations& destinations, LegalTime now);
  void tell_end(const Xid& xid, Task& task, LegalTime now);
  void report_untold(const Xid& xid, Task& task, LegalTime now);
  Status hold_flows(const Task& task, TaskSlot slot);
  [[nodiscard]] LegalTime latest_at(LegalTime now);
  void install(Task& task);
  void uninstall(Task& task);
  void take_out(Task& task);
  void follow_peers();
  void publish();
  void put_watches_in_force();
  void follow_tasks(LegalTime now, SocketTime socket);
  void tick_task(const Xid& xid, Task& task, LegalTime now, SocketTime socket);
  void follow_rate(const Xid& xid, Task& task, LegalTime now, SocketTime socket);
  void follow_time(Task& task);
  void follow_lanes(LegalTime now, SocketTime socket);
  void give_lane(Task& task, LegalTime now);
  void follow_flows(LegalTime now, SocketTime socket);
  void close_retired();
  [[nodiscard]] bool encoder_ended(const Task& task) const;
  [[nodiscard]] bool settled(const Task& task) const;
  [[nodiscard]] TaskReport report_of(const Task& task) const;
  [[nodiscard]] TaskView view_of(const Xid& xid, const Task& task) const;
  CommandLine& line(TaskSlot slot) { return *plan_.encoders[encoder_of(slot, plan_.encoders.size())]; }
  void raise(const char* code, AlarmSeverity severity, std::optional<Xid> xid, std::string text, LegalTime now,
             uint64_t count);

  const RegistryPlan plan_;
  std::map<Xid, Task> tasks_;
  TargetTableBuilder targets_;
  FlowTableBuilder flows_;
  std::shared_ptr<const FlowTable> flow_table_ = std::make_shared<const FlowTable>();
  uint64_t flow_builds_failed_ = 0;  // those that an alarm was raised for
  FilterBoard filters_;
  uint64_t peers_version_ = 0;  // of the book of peers, that the next table leaves out
  WatchBoard watches_;
  std::vector<Xid> watches_due_;  // that session lcores are to watch for as they are now
  std::vector<Xid> leaving_;      // their rules are out; the encoder is told after the grace period
  std::vector<Retired> retired_;
  std::deque<Xid> ended_;             // the oldest first: whose slots are used again
  RecordTotals forgotten_;            // of tasks whose slots were used again
  uint64_t tasks_forgotten_ = 0;      // those
  std::vector<TaskSlot> free_slots_;  // taken once, never used
  uint32_t slots_used_ = 0;
  bool tables_changed_ = false;
  size_t targets_bound_ = 0;           // no fewer than targets_held()
  std::optional<Xid> follow_from_;     // the task to go on at; nothing: the first
  size_t words_left_ = kWordsPerTick;  // until the next tick
  std::optional<Xid> given_up_from_;   // the task to go on at; nothing: all were looked at
  struct TimeWord {
    uint64_t number = 0;
    bool trusted = true;
    std::string text;
  };
  TimeWord time_;  // the last
  LatestTime latest_;
  SocketTime lanes_look_at_;
  bool keys_complete_ = false;  // lictord has sent every key that is to be had
};

}  // namespace lictor
