// One task on its encoder lcore: its way through the window, its sessions, the numbers of its series, the records that
// wait for room. A record gets its number when it is encoded; what is lost before that leaves a gap in the series and
// is told to the operator and, by an HI1 alarm, to the agency. HI2 and HI3 do not wait for each other. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/task_account.h"
#include "encoders/encode/encode_task.h"
#include "encoders/encode/held_copies.h"
#include "encoders/encode/task_sessions.h"
#include "encoders/integrity/integrity_lane.h"

namespace lictor {

enum class EncodeMode : uint8_t { kLive, kLossless };

// Up to where every ring has been emptied: by publication time, and by the round that was begun before.
struct Settled {
  LegalTime until{INT64_MAX};
  uint64_t round = UINT64_MAX;
};

class TaskRunner {
 public:
  // Records that wait for room in a spool, one connection's. Alarms and modifications stop short of it by
  // kWaitingReserve, so that the records that open and close an interception find a place.
  static constexpr size_t kWaitingMax = 32;
  static constexpr size_t kWaitingReserve = 8;
  // Checks that wait for room; what comes then is given up, and its records are unproven.
  static constexpr size_t kChecksMax = 64;
  // Losses are summed and told at most once in this time.
  static constexpr int64_t kLossReportNs = kNanosecondsPerSecond;

  // `due`, which outlives this, is where due() is kept: who looks through thousands of runners for those that have
  // something to do reads these, side by side. `lane`: to the thread that proves records; null: no task wants that.
  TaskRunner(TaskAccount& account, TaskProgress& progress, LegalTime& due, AlarmQueue& alarms, IntegrityLane* lane,
             const SessionBounds& bounds = {})
      : account_(account.encoder), progress_(progress), alarms_(alarms), due_(due), sessions_(bounds), lane_(lane) {
    due_ = {INT64_MIN};
  }

  // --- commands; false where the slot's state does not allow it ---
  void add(std::unique_ptr<EncodeTask> task, LegalTime now);
  bool replace(std::unique_ptr<EncodeTask> task, LegalTime now);
  // HI3's records go into another spool of the same destination from now on.
  bool move(SpoolMove move);
  bool end(uint64_t round);
  bool revoke(uint64_t round);
  bool alarm(const std::string& text, LegalTime now);
  bool test(const TestRecord& record, LegalTime now);
  // kind: kOperatorError or kOperatorNote.
  bool message(EventKind kind, const std::string& text, LegalTime now);

  // A copy of a packet becomes a record, or a part of one, or its loss is counted. False where it lacks room and `mode`
  // forbids to lose it: nothing has happened then, come again. `now`: of this round.
  bool take(const ContentRecord& copy, uint32_t lost_before, EncodeMode mode, LegalTime now);
  // What a session lcore tells of one of its sessions: before follow(), so that an event comes before the copies that
  // it precedes. False where no task is there.
  bool report(const SessionReport& report, LegalTime now);
  // A copy of a session's packet waits among the others until settle(), or its loss is counted. False as of take().
  bool hold(HeldCopies& held, const ContentRecord& copy, uint32_t lost_before, EncodeMode mode);
  // The copy becomes a record where it was the target's when it arrived. False as of take().
  bool settle(const HeldCopy& held, EncodeMode mode, LegalTime now);
  // The process ends before it could be settled.
  void lose_held(const HeldCopy& held);
  // Before the copies: activates, tells losses, tries again what waits. Answers whether anything was appended.
  bool follow(LegalTime now);
  // After the copies: ends the task if its time has come and nothing of it can follow. Its records are published then.
  bool close(LegalTime now, const Settled& settled);
  // Counts what waits as lost.
  void give_up_waiting(RecordDrop reason);
  // What the integrity thread made of its records.
  void checked(IntegrityResult result, LegalTime now);
  // No record follows, because the process ends: what is not proven yet is proven now.
  void end_checks();

  [[nodiscard]] bool ended() const { return phase_ == Phase::kEnded; }
  // Whether it has something to do that needs no further time: records that wait for room, an end under way.
  [[nodiscard]] bool restless() const { return due_ == LegalTime{INT64_MIN}; }
  // The next legal time at which follow() or close() have something to do; the smallest time: in each round.
  [[nodiscard]] LegalTime due() const { return due_; }
  [[nodiscard]] Spool* hi2() const { return task_ ? task_->hi2 : nullptr; }
  [[nodiscard]] Spool* hi3() const { return task_ ? task_->hi3 : nullptr; }

 private:
  [[nodiscard]] bool waiting() const { return !waiting_hi2_.empty() || !waiting_hi3_.empty(); }

  enum class Phase : uint8_t { kEnded, kPending, kActive, kClosing, kRevoked };

  // HI1 passes what waits in HI2's spool, but where something of its series is among that: a former process's, or its
  // own since then.
  enum class Hi1Way : uint8_t { kExpress, kBehindFormer, kBehindOwn };

  struct Waiting {
    EventRecord event;
    uint32_t skip_before;  // numbers of its series that were lost before it
  };

  // Payloads that will be one record.
  struct Gathered {
    std::vector<uint8_t> octets;  // room for as many as the plan says
    size_t bytes = 0;             // of payloads
    size_t packet_bytes = 0;
    uint32_t payloads = 0;
    uint32_t skip_before = 0;  // numbers that were lost before it
    uint32_t cin = 0;          // all are of one session
    bool is_frame = false;     // all are frames, or none is
    bool is_media = false;     // all are of a call, or none is
    PacketTime first;
    PacketTime last;
    LegalTime due;

    void clear() {
      bytes = packet_bytes = 0;
      payloads = skip_before = 0;
    }
  };

  bool deliver(const ContentRecord& copy, uint32_t lost_before, LegalTime now);
  bool take_alone(const ContentRecord& copy, uint32_t lost_before);
  void note_arrival(const ContentRecord& copy, uint32_t lost_before);
  // Aggregation, task_content.cc.
  void prepare_gather();
  bool gather(const ContentRecord& copy, uint32_t lost_before, LegalTime now);
  bool close_gathered();
  void lose_gathered(RecordDrop reason);
  void clear_gathered();
  // Sessions, task_reports.cc and task_settle.cc.
  void reset_if_due(TaskSession& session, PacketTime time);
  void tell_event(TaskSession& session, const SessionReport& report);
  void tell_call(TaskSession& session, const SessionReport& report);
  void tell_call_step(TaskSession& session, CallStep step, CallEndReason reason, PacketTime time);
  void tell_active(TaskSession& session, PacketTime time);
  void tell_active_at_end(PacketTime time);
  bool tell_session(TaskSession& session, AccessEventType event, std::vector<uint8_t> report, PacketTime time);
  void refuse_session(const SessionReport& report);
  [[nodiscard]] std::optional<RecordDrop> judge_media(TaskSession& session, const HeldEnd& end, ContentRecord& content);
  void leave_alone(const HeldCopy& held, RecordDrop reason);
  void lose(const ContentRecord& copy, uint32_t lost_before, RecordDrop reason);
  void tell_lost_before(const ContentRecord& copy, uint32_t lost_before);
  void put_aside(TaskSession* session, const ContentRecord& copy, uint32_t numbers_lost);
  void unhold(const HeldCopy& held);
  void pin(uint32_t cin);
  void unpin(uint32_t cin);
  void attach_spools();
  void detach_spools();
  void join(Spool* spool, TaskSeal* seal);
  static void part(Spool* spool, TaskSeal* seal);
  void append(RecordKind series, uint32_t number, size_t bytes);
  // HI1's way, task_express.cc.
  [[nodiscard]] bool goes_express(const EventRecord& event);
  [[nodiscard]] bool express_is_full();
  void note_behind(const EventRecord& event);
  void look_at_express(LegalTime now);
  void end_express_full(LegalTime now);
  void raise_express_full(LegalTime now, bool cleared);
  void append_express(RecordKind series, uint32_t number, size_t bytes);
  void enter(Phase phase, TaskState state);
  void activate();
  void close_records(LegalTime now);
  void finish(LegalTime now);
  void enqueue(EventKind kind, RecordKind series, LegalTime time, std::string text = {});
  bool enqueue(EventRecord event);
  bool flush();
  bool flush(std::deque<Waiting>& waiting, Spool* spool);
  bool append_waiting(const Waiting& next_one, bool wanted, bool express, MutableBytes room);
  void append_test_content(const std::string& packet, LegalTime now);
  void note_lost(uint64_t count, PacketTime first, PacketTime last);
  void tell_losses(LegalTime now);
  void tell_agency(LegalTime now);
  void tell(const std::string& text, LegalTime now);
  void reckon_due();
  // Whether what goes under this CIN is in the series of the task's own, which its spools keep.
  [[nodiscard]] bool is_in_own_series(uint32_t cin) const { return cin == 0 || (task_ && task_->numbers_by_liid); }
  SeriesNumbers& numbers(uint32_t cin);
  uint32_t& next(RecordKind series, uint32_t cin = 0) { return numbers(cin).next[static_cast<size_t>(series)]; }
  uint32_t& skip(RecordKind series, uint32_t cin = 0) { return numbers(cin).skip[static_cast<size_t>(series)]; }
  // Integrity, task_checks.cc.
  void take_chain();
  void end_chain();
  void complete(RecordKind series, uint32_t cin, uint32_t number, MutableBytes record);
  void prove(RecordKind series, uint32_t cin, uint32_t number, Bytes record);
  bool flush_checks(LegalTime now);
  bool append_check(const IntegrityResult& result, LegalTime now);
  void give_up_check(const IntegrityCheck& check, LegalTime now);
  void give_up_checks(CheckedKind of, LegalTime now);
  [[nodiscard]] bool checks_are_out() const { return chain_ == nullptr && chains_leaving_ == 0; }
  void unpin_checked(const IntegrityCheck& check);
  void note_unproven(uint64_t count);
  void tell_unproven(LegalTime now);
  void raise_incomplete(std::string text, uint64_t count, LegalTime now);
  bool deactivate();
  bool wants(EventKind kind, RecordKind series) const;
  bool wants(RecordKind series) const;
  bool counts(EventKind kind) const;

  EncoderTaskAccount& account_;
  TaskProgress& progress_;
  AlarmQueue& alarms_;
  LegalTime& due_;

  std::unique_ptr<EncodeTask> task_;  // null once ended
  Phase phase_ = Phase::kEnded;
  LegalTime changed_;  // when the task was added or replaced
  std::optional<uint64_t> end_round_;
  bool reset_done_ = false;
  SeriesNumbers numbers_;  // of its own CIN
  TaskSessions sessions_;
  bool sessions_full_ = false;           // one at least is not among them
  uint64_t held_ = 0;                    // copies of its sessions that wait
  uint32_t test_number_ = 0;             // of the next test PDU or operator's message, on either connection
  bool tested_ = false;                  // something was appended outside of follow(), which has not told so yet
  EncodeMode mode_ = EncodeMode::kLive;  // of the last copy
  Gathered gathered_;
  Hi1Way hi1_way_ = Hi1Way::kExpress;
  uint64_t behind_ = 0;                    // how many records hi2 has released once HI1 may pass it again
  std::optional<LegalTime> express_told_;  // that it is full, or last seen to be so still
  std::deque<Waiting> waiting_hi2_;
  std::deque<Waiting> waiting_hi3_;
  uint64_t lost_untold_operator_ = 0;
  uint64_t lost_untold_agency_ = 0;
  PacketTime lost_first_;  // of these: the span in which they were lost
  PacketTime lost_last_;
  std::optional<PacketTime> arrived_;  // the last copy
  LegalTime told_{INT64_MIN / 2};
  std::optional<LegalTime> closing_;  // the time of an HI1 liDeactivated that is still to come

  IntegrityLane* const lane_;
  IntegrityChain* chain_ = nullptr;     // of the task; the lane's own
  size_t chains_leaving_ = 0;           // of this task and of those that it replaced: their last checks are on the way
  std::deque<IntegrityResult> checks_;  // to be encoded
  uint64_t unproven_ = 0;               // records that no check covers, untold
  LegalTime unproven_told_{INT64_MIN / 2};
};

}  // namespace lictor
