// What the registry sees of the other threads' work: windows that ended, deliveries that finished, what is reported.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dataplane/agent/task_registry.h"

namespace lictor {

// A clock that was set back neither begins what is over nor lengthens what is not; what is less than a second is none.
LegalTime TaskRegistry::latest_at(LegalTime now) {
  const LegalTime latest = latest_.at(now, socket_now());
  return latest.unix_ns - now.unix_ns > kNanosecondsPerSecond ? latest : now;
}

void TaskRegistry::tick(LegalTime now, SocketTime socket) {
  words_left_ = kWordsPerTick;
  close_retired();
  follow_flows(now, socket);
  latest_.at(now, socket);
  follow_tasks(now, socket);
  follow_lanes(now, socket);
  go_on_telling(now);
  follow_peers();
  commit(now);
}

void TaskRegistry::follow_tasks(LegalTime now, SocketTime socket) {
  auto next = follow_from_ ? tasks_.lower_bound(*follow_from_) : tasks_.begin();
  for (size_t looked_at = 0; next != tasks_.end() && looked_at < kTasksPerTick; ++looked_at) {
    auto& [xid, task] = *next;
    tick_task(xid, task, now, socket);
    const bool is_over = task.phase == Phase::kWaiting && task.tap && task.tap->stop <= now;
    next = is_over ? tasks_.erase(next) : std::next(next);
  }
  follow_from_.reset();
  if (next != tasks_.end()) follow_from_ = next->first;
}

void TaskRegistry::tick_task(const Xid& xid, Task& task, LegalTime now, SocketTime socket) {
  follow_rate(xid, task, now, socket);
  follow_time(task);
  follow_untold(task);
  switch (task.phase) {
    case Phase::kRunning:
      if (encoder_ended(task)) {  // its window is over
        report_untold(xid, task, now);
        task.phase = Phase::kDraining;
        take_out(task);
      } else if (socket >= task.deadline && now < task.tap->stop) {
        raise("clock_stepped", AlarmSeverity::kCritical, xid,
              "the host's clock was set back: the task ends by the other one", now, 0);
        leave(xid, false);
      }
      return;
    case Phase::kDraining:
      if (!encoder_ended(task)) return;
      for (const DestinationHandle handle : std::exchange(task.handles, {})) plan_.handover->close(handle);
      if (tables_changed_ || !settled(task)) return;
      task.phase = Phase::kEnded;
      erase_key(xid, task);
      plan_.handover->depot().keys().forget(xid);
      ended_.push_back(xid);
      return;
    default:
      return;
  }
}

// A table whose large set was built anew is published like any change; one that could not be is told once.
void TaskRegistry::follow_flows(LegalTime now, SocketTime socket) {
  flows_.follow(socket);
  tables_changed_ |= flows_.changed();
  const uint64_t failed = flows_.builds_failed() - flow_builds_failed_;
  if (failed == 0) return;
  flow_builds_failed_ += failed;
  raise("flows_not_built", AlarmSeverity::kWarning, std::nullopt,
        fmt::format("the flows are all in force, but found slowly, and more may be refused: {}",
                    std::string(flows_.failure().message())),
        now, failed);
}

void TaskRegistry::close_retired() {
  std::erase_if(retired_, [&](const Retired& retired) {
    if (!plan_.encoders[retired.encoder]->done(retired.command)) return false;
    for (const DestinationHandle handle : retired.handles) plan_.handover->close(handle);
    return true;
  });
}

bool TaskRegistry::encoder_ended(const Task& task) const {
  if (task.only_delivers) return true;
  const uint32_t slot = index_of(*task.slot);
  return plan_.encoders[encoder_of(*task.slot, plan_.encoders.size())]->done(task.command) &&
         plan_.progress[slot].state.load(std::memory_order_acquire) == TaskState::kEnded;
}

bool TaskRegistry::settled(const Task& task) const {
  const RecordTotals totals = totals_of(index_of(*task.slot), plan_.accounts, plan_.rx);
  return totals.in_rings == 0 && totals.in_spool == 0;
}

// Whether its spools hold, or may hold, anything of the task.
bool TaskRegistry::has_left(const MediationDirective& mediation) const {
  const SpoolDepot& depot = plan_.handover->depot();
  const auto is_left = [&](const DestinationSpec& spec, const std::string& name) {
    return depot.has_left(spec.id, name) || depot.left(spec.id, name, mediation.xid, std::nullopt).records > 0;
  };
  const auto of_side = [&](const std::optional<DestinationSpec>& spec, HandoverSide side) {
    if (!spec) return false;
    if (spec->is_files) return is_left(*spec, "files");
    return is_left(*spec, spool_name(side, std::nullopt)) || is_left(*spec, spool_name(side, mediation.xid));
  };
  return of_side(mediation.hi2, HandoverSide::kHi2) || of_side(mediation.hi3, HandoverSide::kHi3);
}

// A task that ended under a former process, whose records wait in the spools: delivered, then forgotten.
Status TaskRegistry::deliver_only(const MediationDirective& mediation, LegalTime now) {
  if (const auto found = tasks_.find(mediation.xid); found != tasks_.end()) {
    const Phase phase = found->second.phase;
    if (phase == Phase::kRunning) leave(mediation.xid, false);
    if (phase != Phase::kWaiting) return absl::OkStatus();
    tasks_.erase(found);
  }
  const Result<TaskSlot> slot = take_slot();
  if (!slot.ok()) return slot.status();
  plan_.handover->depot().keys().enter(mediation.xid, *slot, mediation.spool_key);
  Result<TaskDestinations> destinations =
      open_destinations(*plan_.handover, nullptr, mediation, plan_.element, 0,
                        {.hi2 = mediation.connection_per_liid, .hi3 = mediation.connection_per_liid});
  if (!destinations.ok()) {
    plan_.handover->depot().keys().forget(mediation.xid);
    if (has_left(mediation)) {
      free_slots_.push_back(*slot);
      return destinations.status();
    }
  }
  Task& task = tasks_[mediation.xid];
  task.mediation = mediation;
  task.slot = *slot;
  task.only_delivers = true;
  if (!destinations.ok()) {  // refused then as now: there is nothing to deliver
    task.phase = Phase::kEnded;
    erase_key(mediation.xid, task);
    ended_.push_back(mediation.xid);
    return absl::OkStatus();
  }
  task.handles = std::move(destinations->handles);
  task.phase = Phase::kDraining;
  recover(task, *destinations, nullptr, now);
  return absl::OkStatus();
}

// What a former process that was killed had no time to hash: nobody will, as its octets are not ours to vouch for.
uint64_t TaskRegistry::tell_unchecked(Task& task, const TaskDestinations& destinations, LegalTime now) {
  const uint64_t records = destinations.left_hi2.unchecked + destinations.left_hi3.unchecked;
  if (!task.mediation->integrity || records == 0) return 0;
  task.untold = fmt::format("the last {} records at least before a restart are without an integrity check", records);
  raise("integrity_incomplete", AlarmSeverity::kWarning, task.mediation->xid, task.untold, now, records);
  return records;
}

// Takes up what former processes left of a task: its records count, and its numbers go on where they are known.
void TaskRegistry::recover(Task& task, const TaskDestinations& destinations, EncodeTask* encode, LegalTime now) {
  TaskAccount& account = plan_.accounts[index_of(*task.slot)];
  account.hi2.recovered.add(destinations.left_hi2.records);
  account.hi3.recovered.add(destinations.left_hi3.records);
  plan_.handover->depot().count_taken(task.mediation->xid);
  const uint64_t unchecked = tell_unchecked(task, destinations, now);
  if (encode != nullptr) encode->is_reopened = destinations.left_hi2.records > 0;
  if (encode == nullptr || !task.mediation->reset_first || !plan_.handover->depot().is_on_disk()) return;
  const bool known = (destinations.hi2 == nullptr || destinations.left_hi2.known) &&
                     (destinations.hi3 == nullptr || destinations.left_hi3.known);
  if (!known && task.tap->is_acceptance) return;  // of an acceptance run: nobody expects its numbers to go on
  if (!known) {
    raise("numbers_restarted", AlarmSeverity::kWarning, task.mediation->xid,
          "the last numbers are not known: a cINReset goes first", now, 0);
    return;
  }
  encode->reset_first = false;
  for (size_t series = 0; series < kRecordKinds; ++series) {
    const bool is_hi3 = is_on_hi3(static_cast<RecordKind>(series));
    encode->first_numbers[series] = (is_hi3 ? destinations.left_hi3 : destinations.left_hi2).next[series];
  }
  if (task.mediation->integrity && unchecked == 0) {
    raise("integrity_incomplete", AlarmSeverity::kWarning, task.mediation->xid,
          "the last records of the former process may be without an integrity check", now, 0);
  }
}

void TaskRegistry::erase_key(const Xid& xid, Task& task) {
  plan_.handover->depot().keys().erase_key(xid);
  if (!task.mediation) return;
  task.mediation->spool_key.reset();
  task.mediation->parameters.payload_key.reset();
}

void TaskRegistry::begin_snapshot() {
  for (auto& [xid, task] : tasks_) task.tap_mentioned = task.mediation_mentioned = false;
}

void TaskRegistry::end_snapshot(LegalTime now) {
  std::vector<Xid> unmentioned;
  for (const auto& [xid, task] : tasks_) {
    if (task.only_delivers) continue;  // it delivers, whoever knows of it
    const bool complete = task.phase == Phase::kWaiting ? task.tap_mentioned || task.mediation_mentioned
                                                        : task.tap_mentioned && task.mediation_mentioned;
    if (!complete) unmentioned.push_back(xid);
  }
  for (const Xid& xid : unmentioned) leave(xid, false);
  keys_complete_ = true;
  commit(now);
}

size_t TaskRegistry::active_count(LegalTime now) const {
  size_t count = 0;
  for (const auto& [xid, task] : tasks_) {
    count += task.phase == Phase::kRunning && !tables_changed_ && task.tap->start <= now && now < task.tap->stop;
  }
  return count;
}

bool TaskRegistry::taps_anybody() const {
  return std::ranges::any_of(tasks_, [](const auto& entry) {
    const Task& task = entry.second;
    return task.phase == Phase::kRunning && !(task.rules.empty() && task.flows.empty() && task.tap->identities.empty());
  });
}

bool TaskRegistry::is_at_rest() const {
  return std::ranges::all_of(tasks_, [](const auto& entry) { return entry.second.phase == Phase::kEnded; });
}

TaskReport TaskRegistry::report_of(const Task& task) const {
  if (task.phase == Phase::kEnded) return TaskReport::kEnded;
  if (task.phase == Phase::kDraining || task.phase == Phase::kLeaving) return TaskReport::kDraining;
  if (task.phase == Phase::kWaiting) return TaskReport::kPending;
  const TaskState state = plan_.progress[index_of(*task.slot)].state.load(std::memory_order_acquire);
  if (state == TaskState::kEnded) return encoder_ended(task) ? TaskReport::kDraining : TaskReport::kPending;
  return state == TaskState::kActive ? TaskReport::kActive : TaskReport::kPending;
}

std::vector<TaskView> TaskRegistry::views() const {
  std::vector<TaskView> views;
  views.reserve(tasks_.size());
  read_views(std::nullopt, SIZE_MAX, views);
  return views;
}

std::optional<Xid> TaskRegistry::read_views(const std::optional<Xid>& from, size_t count,
                                            std::vector<TaskView>& views) const {
  auto next = from ? tasks_.lower_bound(*from) : tasks_.begin();
  for (; next != tasks_.end() && count > 0; ++next, --count) views.push_back(view_of(next->first, next->second));
  return next == tasks_.end() ? std::nullopt : std::optional(next->first);
}

TaskView TaskRegistry::view_of(const Xid& xid, const Task& task) const {
  TaskView view{.xid = xid, .report = report_of(task), .records = {}};
  if (!task.slot) return view;
  view.records = totals_of(index_of(*task.slot), plan_.accounts, plan_.rx);
  const TaskAccount& account = plan_.accounts[index_of(*task.slot)];
  for (size_t i = 0; i < kTaskSeries; ++i) {  // a series is on one side only
    const uint64_t hi2 = account.hi2.confirmed_next[i].load(std::memory_order_relaxed);
    view.confirmed_next[i] = hi2 != 0 ? hi2 : account.hi3.confirmed_next[i].load(std::memory_order_relaxed);
  }
  return view;
}

std::optional<CinLease> TaskRegistry::leased_cins(const Xid& xid) const {
  const auto found = tasks_.find(xid);
  if (found == tasks_.end() || !found->second.mediation || found->second.mediation->cins.count == 0)
    return std::nullopt;
  return found->second.mediation->cins;
}

std::optional<TaskView> TaskRegistry::view(const Xid& xid) const {
  const auto found = tasks_.find(xid);
  return found == tasks_.end() ? std::nullopt : std::optional(view_of(xid, found->second));
}

Status TaskRegistry::order(const Xid& xid, TaskCommand command) {
  const auto found = tasks_.find(xid);
  if (found == tasks_.end() || found->second.phase != Phase::kRunning)
    return absl::FailedPreconditionError("the task does not run");
  Task& task = found->second;
  command.slot = *task.slot;
  task.command = line(*task.slot).push(std::move(command));
  return absl::OkStatus();
}

bool TaskRegistry::commands_done(const Xid& xid) const {
  const auto found = tasks_.find(xid);
  if (found == tasks_.end() || !found->second.slot) return false;
  const Task& task = found->second;
  return plan_.encoders[encoder_of(*task.slot, plan_.encoders.size())]->done(task.command);
}

RecordTotals TaskRegistry::totals(const std::vector<TaskView>& views) const {
  RecordTotals totals = forgotten_;
  for (const TaskView& view : views) totals += view.records;
  return totals;
}

// After the grace period: no rx lcore copies for it any more.
void TaskRegistry::tell_end(const Xid& xid, Task& task, LegalTime now) {
  report_untold(xid, task, now);
  if (!task.revoked) tell_given_up(task, now, true);
  if (task.revoked) {
    plan_.handover->revoke(*task.slot);
    erase_key(xid, task);
  }
  const TaskCommand::Kind kind = task.revoked ? TaskCommand::Kind::kRevoke : TaskCommand::Kind::kEnd;
  task.command = line(*task.slot).push({.kind = kind, .slot = *task.slot, .task = {}, .text = {}});
  task.phase = Phase::kDraining;
}

// Losses that no later copy can tell of any more.
void TaskRegistry::report_untold(const Xid& xid, Task& task, LegalTime now) {
  const uint64_t lost = untold_losses(index_of(*task.slot), plan_.rx);
  if (lost == 0) return;
  const std::string text = fmt::format("{} packets were lost at the end of the interception", lost);
  raise("records_lost", AlarmSeverity::kCritical, xid, text, now, lost);
  if (task.revoked || task.phase != Phase::kLeaving) return;
  alarm_agency(task, text);
}

void TaskRegistry::raise(const char* code, AlarmSeverity severity, std::optional<Xid> xid, std::string text,
                         LegalTime now, uint64_t count) {
  plan_.alarms->raise({.code = code,
                       .severity = severity,
                       .xid = xid,
                       .destination_id = {},
                       .text = std::move(text),
                       .raised = now,
                       .cleared = false,
                       .count = count});
}

}  // namespace lictor
