#include "encoders/encode/encode_loop.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

struct RecordView {
  MatchRecordHeader header;
  Bytes tasks;
  Bytes frame;

  [[nodiscard]] MatchedTask task(size_t index) const {
    MatchedTask task;
    std::memcpy(&task, tasks.data() + index * sizeof task, sizeof task);
    return task;
  }
  [[nodiscard]] ContentRecord content(const MatchedTask& task) const {
    return {.packet = task.whole_frame ? frame : frame.subspan(header.view_offset, header.view_bytes),
            .whole_bytes = task.whole_frame ? header.original_bytes : header.view_whole_bytes,
            .arrival = header.arrival,
            .direction = task.direction,
            .port = header.port,
            .cin = task.cin,
            .is_frame = task.whole_frame};
  }
};

// The producer is our own rx lcore: a record that contradicts itself is a wrong program, not bad input.
RecordView oldest_record(Bytes bytes) {
  RecordView view;
  LICTOR_CHECK(bytes.size() >= sizeof view.header);
  std::memcpy(&view.header, bytes.data(), sizeof view.header);
  const MatchRecordHeader& header = view.header;
  LICTOR_CHECK(header.task_count >= 1 && header.task_count <= kTasksPerPacketMax);
  LICTOR_CHECK(header.record_bytes == match_record_bytes(header.task_count, header.frame_bytes));
  LICTOR_CHECK(header.record_bytes <= bytes.size());
  LICTOR_CHECK(uint64_t{header.view_offset} + header.view_bytes <= header.frame_bytes);
  view.tasks = bytes.subspan(sizeof header, header.task_count * sizeof(MatchedTask));
  view.frame = bytes.subspan(sizeof header + view.tasks.size(), header.frame_bytes);
  return view;
}

}  // namespace

EncodeLoop::EncodeLoop(EncodeLoopPlan plan)
    : plan_(std::move(plan)), mode_(plan_.mode), runners_(plan_.accounts.size()), dues_(runners_.size()) {
  LICTOR_CHECK(plan_.commands != nullptr && plan_.alarms != nullptr);
  LICTOR_CHECK(plan_.progress.size() == plan_.accounts.size());
  LICTOR_CHECK(plan_.sessions.intervals_max >= kReportAddressesMax);
  if (!plan_.reports.empty()) held_ = std::make_unique<HeldCopies>(plan_.held_bytes);
  for (MatchRing* const ring : plan_.rings) sources_.push_back({.ring = ring});
  live_.reserve(runners_.size());
  dirty_.reserve(kPublishEvery);
}

EncodeLoop::~EncodeLoop() = default;

bool EncodeLoop::run_once(LegalTime now) noexcept {
  ++round_;
  now_ = now;
  if (held_ != nullptr) held_->mark(now);
  take_snapshot();
  const bool commanded = take_commands(now);
  bool busy = take_reports(now) || commanded;
  if (commanded || now >= due_) busy = follow_tasks(now) || busy;
  busy = settle_copies(now) || busy;
  for (Source& source : sources_) {
    busy = take_copies(source) || busy;
    settle(source);
  }
  busy = take_checks(now) || busy;
  publish();
  if (now >= due_) close_tasks(now);
  if (statistics_.commands_done.get() != commands_taken_) {
    statistics_.commands_done.add(commands_taken_ - statistics_.commands_done.get());
  }
  return busy;
}

bool EncodeLoop::drained() const {
  const bool rings_empty =
      std::ranges::all_of(sources_, [](const Source& source) { return source.ring->bytes->readable().empty(); });
  const bool none_waits = std::ranges::none_of(live_, [](const Live& live) { return live.runner->restless(); });
  const bool none_held = held_ == nullptr || held_->empty();
  return rings_empty && none_held && none_waits && dirty_.empty() && plan_.commands->empty();
}

void EncodeLoop::finish(LegalTime now) noexcept {
  mode_ = EncodeMode::kLive;
  run_once(now);
  for (; held_ != nullptr && !held_->empty(); held_->pop()) {
    const HeldCopy held = *held_->oldest();
    runners_[index_of(held.slot)]->lose_held(held);
  }
  for (const Live& live : live_) {
    live.runner->give_up_waiting(RecordDrop::kBacklogFull);
    mark_dirty(live.runner->hi3());
  }
  publish();
}

void EncodeLoop::take_snapshot() {
  for (Source& source : sources_) {
    const LegalTime passed = source.ring->passed_until();  // before readable(): see MatchRing
    source.snapshot = source.ring->bytes->readable();
    // The last mark was not reached yet: a ring that waits for a spool must not push its mark ahead of itself for ever.
    if (source.taken < source.mark_position) continue;
    source.mark_position = source.taken + source.snapshot.size();
    source.mark_passed = passed;
    source.mark_round = round_;
  }
}

bool EncodeLoop::take_commands(LegalTime now) {
  const uint64_t before = commands_taken_;
  while (std::optional<TaskCommand> command = plan_.commands->pop()) {
    if (!apply(*command, now)) statistics_.commands_refused.add(1);
    ++commands_taken_;
  }
  return commands_taken_ != before;
}

bool EncodeLoop::apply(TaskCommand& command, LegalTime now) {
  if (command.kind == TaskCommand::Kind::kAlarmAll) {
    for (const Live& live : live_) {
      live.runner->alarm(command.text, now);
      *live.due = kThisRound;
    }
    return true;
  }
  const bool brings_task = command.kind == TaskCommand::Kind::kAdd || command.kind == TaskCommand::Kind::kReplace;
  if (brings_task) {
    LICTOR_CHECK(command.task != nullptr);
    command.slot = command.task->slot;
  }
  const uint32_t slot = index_of(command.slot);
  const bool applied = slot < runners_.size() && apply_to_slot(command, now);
  if (applied && !runners_[slot]->ended()) dues_[slot] = kThisRound;
  return applied;
}

bool EncodeLoop::apply_to_slot(TaskCommand& command, LegalTime now) {
  const uint32_t slot = index_of(command.slot);
  std::unique_ptr<TaskRunner>& runner = runners_[slot];
  if (command.kind == TaskCommand::Kind::kAdd) {
    if (!runner)
      runner = std::make_unique<TaskRunner>(plan_.accounts[slot], plan_.progress[slot], dues_[slot], *plan_.alarms,
                                            plan_.integrity, plan_.sessions);
    if (!runner->ended()) return false;
    runner->add(std::move(command.task), now);
    bring_to_life(slot);
    return true;
  }
  if (!runner) return false;
  switch (command.kind) {
    case TaskCommand::Kind::kReplace:
      if (!runner->replace(std::move(command.task), now)) return false;
      bring_to_life(slot);
      return true;
    case TaskCommand::Kind::kMove:
      return runner->move(std::move(command.move));
    case TaskCommand::Kind::kEnd:
      return runner->end(round_);
    case TaskCommand::Kind::kRevoke:
      return runner->revoke(round_);
    case TaskCommand::Kind::kAlarm:
      return runner->alarm(command.text, now);
    case TaskCommand::Kind::kError:
      return runner->message(EventKind::kOperatorError, command.text, now);
    case TaskCommand::Kind::kNote:
      return runner->message(EventKind::kOperatorNote, command.text, now);
    case TaskCommand::Kind::kTest:
      return runner->test(command.test, now);
    default:
      return false;
  }
}

bool EncodeLoop::take_copies(Source& source) {
  bool busy = false;
  size_t unpublished = 0;
  size_t unreleased = 0;
  while (!source.snapshot.empty()) {
    const size_t before = source.snapshot.size();
    if (!take_record(source)) {
      statistics_.holds.add(1);
      break;
    }
    busy = true;
    unreleased += before - source.snapshot.size();
    if (++unpublished < kPublishEvery) continue;
    publish();
    source.ring->bytes->release(unreleased);
    unpublished = unreleased = 0;
  }
  if (unreleased > 0) source.ring->bytes->release(unreleased);
  return busy;
}

// The oldest record of a snapshot, for each of its tasks; false where one of them lacks room and nothing may be lost.
bool EncodeLoop::take_record(Source& source) {
  const RecordView record = oldest_record(source.snapshot);
  for (; source.task_next < record.header.task_count; ++source.task_next) {
    const MatchedTask matched = record.task(source.task_next);
    const uint32_t slot = index_of(matched.slot);
    if (slot >= runners_.size()) {
      statistics_.without_account.add(1);
      continue;
    }
    TaskRunner* const runner = runners_[slot].get();
    if (runner == nullptr) {
      plan_.accounts[slot].encoder.copies.add(1);
      plan_.accounts[slot].encoder.dropped.add(RecordDrop::kNoMediation);
      continue;
    }
    if (!take_copy(*runner, record.content(matched), matched.lost_before)) {
      mark_dirty(runner->hi3());  // what was gathered before may have found room
      return false;
    }
    if (runner->due() < due_) due_ = runner->due();
    mark_dirty(runner->hi3());
    mark_dirty(runner->hi2());
  }
  source.task_next = 0;
  source.taken += record.header.record_bytes;
  source.snapshot = source.snapshot.subspan(record.header.record_bytes);
  statistics_.records.add(1);
  return true;
}

bool EncodeLoop::take_copy(TaskRunner& runner, const ContentRecord& copy, uint32_t lost_before) {
  if (copy.cin == 0) [[likely]]
    return runner.take(copy, lost_before, mode_, now_);
  LICTOR_CHECK(held_ != nullptr);
  return runner.hold(*held_, copy, lost_before, mode_);
}

void EncodeLoop::settle(Source& source) {
  if (source.taken < source.mark_position) return;
  source.settled_until = std::max(source.settled_until, source.mark_passed);
  source.settled_round = source.mark_round;
}

Settled EncodeLoop::settled() const {
  Settled all{.until = {INT64_MAX}, .round = round_};
  for (const Source& source : sources_) {
    all.until = std::min(all.until, source.settled_until);
    all.round = std::min(all.round, source.settled_round);
  }
  return all;
}

// Those that have nothing to do yet are not looked at: of ten thousand tasks a few have, each round.
bool EncodeLoop::follow_tasks(LegalTime now) {
  bool busy = false;
  due_ = {INT64_MAX};
  for (const Live& live : live_) {
    if (now >= *live.due && live.runner->follow(now)) {
      busy = true;
      mark_dirty(live.runner->hi2());
      mark_dirty(live.runner->hi3());
    }
    due_ = std::min(due_, *live.due);
  }
  return busy;
}

void EncodeLoop::bring_to_life(uint32_t slot) {
  TaskRunner* const runner = runners_[slot].get();
  if (std::ranges::find(live_, runner, &Live::runner) == live_.end()) live_.push_back({runner, &dues_[slot]});
}

bool EncodeLoop::take_checks(LegalTime now) {
  if (plan_.integrity == nullptr || !plan_.integrity->is_open()) return false;
  bool busy = false;
  while (std::optional<IntegrityResult> result = plan_.integrity->next()) {
    busy = true;
    TaskRunner& runner = *runners_[index_of(result->slot)];
    runner.checked(*std::move(result), now);
    due_ = std::min(due_, runner.due());
    mark_dirty(runner.hi2());
    mark_dirty(runner.hi3());
  }
  return busy;
}

void EncodeLoop::end_checks() noexcept {
  for (const Live& live : live_) {
    live.runner->end_checks();
    due_ = std::min(due_, *live.due);
    mark_dirty(live.runner->hi3());
  }
}

void EncodeLoop::close_tasks(LegalTime now) {
  const Settled all = settled();
  due_ = {INT64_MAX};
  for (const Live& live : live_) {
    if (now >= *live.due && live.runner->close(now, all)) {
      mark_dirty(live.runner->hi2());
      mark_dirty(live.runner->hi3());
    }
    due_ = std::min(due_, *live.due);
  }
  std::erase_if(live_, [](const Live& live) { return live.runner->ended(); });
  publish();
}

void EncodeLoop::publish() {
  for (Spool* const spool : dirty_) {
    spool->publish();
    spool->look_at_room();
  }
  dirty_.clear();
  if (plan_.integrity != nullptr) plan_.integrity->publish();
}

void EncodeLoop::mark_dirty(Spool* spool) {
  if (spool == nullptr || (!dirty_.empty() && dirty_.back() == spool)) return;
  if (dirty_.size() > 1 && dirty_[dirty_.size() - 2] == spool) return;
  if (dirty_.size() == kPublishEvery) publish();
  dirty_.push_back(spool);
}

}  // namespace lictor
