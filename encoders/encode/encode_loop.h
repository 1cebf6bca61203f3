// What an encoder lcore does: takes copies out of its rings, follows each task through its window, numbers and encodes,
// and appends to the spools. The order inside a round is what makes windows and events exact (DESIGN "Bindings"): first
// a snapshot of every ring, then the commands, then what the session lcores report, then the events, then the
// snapshot's copies. All of it on one encoder
// lcore, except where a declaration says "any thread". Neither locks nor calls the kernel; allocates only for what is
// rare (commands, alarms).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/match_ring.h"
#include "dataplane/base/spsc_queue.h"
#include "dataplane/base/task_account.h"
#include "dataplane/packet/session_report.h"
#include "encoders/encode/encode_task.h"
#include "encoders/encode/held_copies.h"
#include "encoders/encode/task_runner.h"

namespace lictor {

// Everything outlives the loop. `accounts` and `progress` have one element a slot and are shared by all encoder lcores;
// a loop writes only those of the tasks that were added to it.
struct EncodeLoopPlan {
  std::vector<MatchRing*> rings;     // one from each rx lcore
  std::vector<ReportRing*> reports;  // one from each session lcore; none: there are no sessions
  SpscQueue<TaskCommand>* commands = nullptr;
  std::span<TaskAccount> accounts;
  std::span<TaskProgress> progress;
  AlarmQueue* alarms = nullptr;
  IntegrityLane* integrity = nullptr;   // null: no task has an integrity chain
  EncodeMode mode = EncodeMode::kLive;  // kLossless (replay): copies stay in their ring while a spool lacks room
  // Copies of sessions' packets wait until every session lcore has seen what came before them, and then so long, for
  // lcores whose clocks differ.
  int64_t settling_ns = 2'000'000;
  size_t held_bytes = size_t{16} << 20;  // room for them
  SessionBounds sessions;
};

// Written by the encoder lcore, read by any thread.
struct EncodeStatistics {
  Counter records;           // match records taken out of the rings
  Counter without_account;   // copies for a slot beyond `accounts`: no task's account can show them
  Counter commands_done;     // commands of finished rounds: what they replaced or ended is not used any more
  Counter commands_refused;  // for a slot that holds no task, or beyond `accounts`
  Counter holds;             // kLossless: rounds in which a ring waited for room in a spool
  Counter reports;           // taken out of the rings
  Counter reports_refused;   // of them, for a slot that holds no task
};

class EncodeLoop {
 public:
  explicit EncodeLoop(EncodeLoopPlan plan);
  ~EncodeLoop();
  EncodeLoop(const EncodeLoop&) = delete;
  EncodeLoop& operator=(const EncodeLoop&) = delete;

  // One round at the legal time `now`. Answers whether there was anything to do: an lcore may rest where there was not.
  bool run_once(LegalTime now) noexcept;

  // Whether nothing waits here: no command, no copy, no record that lacked room. Call it on this lcore, after every
  // producer has stopped.
  [[nodiscard]] bool drained() const;

  // Every producer has stopped and their copies are taken: what is not proven yet is proven before drained() answers
  // true.
  void end_checks() noexcept;

  // Whether no task lives here: nothing comes before the next command.
  [[nodiscard]] bool has_no_task() const { return live_.empty(); }

  // The last round, where the process ends before drained(): copies and events that find no room are counted as
  // kBacklogFull.
  void finish(LegalTime now) noexcept;

  // --- any thread ---
  // The control thread compares `commands_done` with what it pushed: once a command is done, the spools and the encoder
  // of the task that it replaced are not touched any more. TaskState::kEnded counts only if all commands of the slot
  // are done.
  [[nodiscard]] const EncodeStatistics& statistics() const { return statistics_; }

 private:
  // Copies after which spools are shown to their readers and ring room to its producer: often enough that neither waits
  // for a whole ring to be encoded, seldom enough that the cache-line transfers do not show.
  static constexpr size_t kPublishEvery = 64;

  static constexpr LegalTime kThisRound{INT64_MIN};

  struct Live {
    TaskRunner* runner;
    LegalTime* due;  // of dues_
  };

  // A ring, and how far what was published before a known time has been taken out of it.
  struct Source {
    MatchRing* ring = nullptr;
    Bytes snapshot;              // what was readable when the round began, less what was released since
    uint64_t taken = 0;          // octets released since the start
    size_t task_next = 0;        // tasks of the oldest record that are done: kLossless stops between two of them
    uint64_t mark_position = 0;  // everything before it was published before mark_passed
    LegalTime mark_passed{INT64_MIN};
    uint64_t mark_round = 0;
    LegalTime settled_until{INT64_MIN};  // everything published up to here has been taken out
    uint64_t settled_round = 0;          // so has everything published before that round began
  };

  void take_snapshot();
  bool take_reports(LegalTime now);
  bool settle_copies(LegalTime now);
  bool take_commands(LegalTime now);
  bool apply(TaskCommand& command, LegalTime now);
  bool apply_to_slot(TaskCommand& command, LegalTime now);
  bool take_copies(Source& source);
  bool take_record(Source& source);
  bool take_copy(TaskRunner& runner, const ContentRecord& copy, uint32_t lost_before);
  static void settle(Source& source);
  [[nodiscard]] Settled settled() const;
  bool follow_tasks(LegalTime now);
  void bring_to_life(uint32_t slot);
  bool take_checks(LegalTime now);
  void close_tasks(LegalTime now);
  void publish();
  void mark_dirty(Spool* spool);

  const EncodeLoopPlan plan_;
  EncodeMode mode_;
  EncodeStatistics statistics_;
  std::vector<Source> sources_;
  std::unique_ptr<HeldCopies> held_;                  // null: there are no sessions
  LegalTime reported_until_;                          // every session lcore's reports up to here have been taken
  std::vector<std::unique_ptr<TaskRunner>> runners_;  // by slot; null: never had a task
  std::vector<LegalTime> dues_;                       // when each has something to do, by slot
  std::vector<Live> live_;                            // those that have not ended
  std::vector<Spool*> dirty_;                         // appended to since the last publish()
  uint64_t round_ = 0;
  LegalTime now_;  // of this round
  uint64_t commands_taken_ = 0;
  LegalTime due_{INT64_MIN};  // the next time at which a task needs attention
};

}  // namespace lictor
