// What the registry tells agencies, and over whose lines.
#include <set>
#include <utility>

#include "dataplane/agent/acceptance_run.h"
#include "dataplane/agent/task_registry.h"

namespace lictor {
namespace {

bool is_it(const std::optional<DestinationSpec>& spec, const std::string& id) { return spec && spec->id == id; }

// A test line's: nothing goes over it but the test.
bool is_of_acceptance(const std::string& id) { return id.ends_with(AcceptanceRun::kDestinationSuffix); }

}  // namespace

void TaskRegistry::tell_all(const std::string& text) {
  for (CommandLine* line : plan_.encoders) {
    line->push({.kind = TaskCommand::Kind::kAlarmAll, .slot = {}, .task = {}, .text = text});
  }
}

bool TaskRegistry::can_tell(const Task& task) const {
  return task.phase == Phase::kRunning && task.mediation->alarms != AlarmForm::kOff &&
         report_of(task) == TaskReport::kActive;
}

void TaskRegistry::tell_destination(const std::string& destination_id, const std::string& text) {
  if (is_of_acceptance(destination_id)) return;
  for (const auto& [xid, task] : tasks_) {
    if (!can_tell(task)) continue;
    if (is_it(task.mediation->hi2, destination_id) || is_it(task.mediation->hi3, destination_id))
      return alarm_agency(task, text);
  }
}

void TaskRegistry::tell_connection(const std::string& destination_id, const std::optional<Xid>& owner,
                                   const std::string& text) {
  if (is_of_acceptance(destination_id)) return;
  for (const auto& [xid, task] : tasks_) {
    if (!can_tell(task) || (owner && *owner != xid)) continue;
    const bool hi2 = is_it(task.mediation->hi2, destination_id) && task.own.hi2 == owner.has_value();
    const bool hi3 = is_it(task.mediation->hi3, destination_id) && task.own.hi3 == owner.has_value();
    if (hi2 || hi3) return alarm_agency(task, text);
  }
}

void TaskRegistry::tell_time(bool trusted, std::string text) {
  time_ = {.number = time_.number + 1, .trusted = trusted, .text = std::move(text)};
}

// An order that begins while time cannot be trusted is told so when it begins.
void TaskRegistry::follow_time(Task& task) {
  if (task.time_word == time_.number || task.phase != Phase::kRunning || report_of(task) != TaskReport::kActive) return;
  if (words_left_ == 0) return;
  task.time_word = time_.number;
  const bool doubted = std::exchange(task.time_doubted, !time_.trusted);
  if (doubted || !time_.trusted) alarm_agency(task, time_.text);
}

void TaskRegistry::follow_untold(Task& task) {
  if (task.untold.empty() || words_left_ == 0 || task.phase != Phase::kRunning) return;
  if (report_of(task) == TaskReport::kActive) alarm_agency(task, std::exchange(task.untold, {}));
}

void TaskRegistry::tell_given_up(LegalTime now) {
  if (!given_up_from_) given_up_from_.emplace();
  go_on_telling(now);
}

// Behind liDeactivated nothing is told: shortly before the window's end nothing is held back.
void TaskRegistry::go_on_telling(LegalTime now) {
  if (!given_up_from_) return;
  for (auto next = tasks_.lower_bound(*given_up_from_); next != tasks_.end(); ++next) {
    auto& [xid, task] = *next;
    given_up_from_ = xid;
    if (words_left_ == 0) return;
    if (task.phase != Phase::kRunning) continue;
    tell_given_up(task, now, now.unix_ns >= task.tap->stop.unix_ns - GivenUpWatch::kQuietNs);
  }
  given_up_from_.reset();
}

void TaskRegistry::tell_given_up(Task& task, LegalTime now, bool last) {
  const TaskAccount& account = plan_.accounts[index_of(*task.slot)];
  const auto tell = [&](GivenUpWatch& watch, std::string_view side, const HandoverTaskAccount& of) {
    std::optional<std::string> text = last ? watch.last_look(side, of, now) : watch.look(side, of, now);
    if (text) alarm_agency(task, *std::move(text));
  };
  tell(task.given_up[0], "HI2", account.hi2);
  tell(task.given_up[1], "HI3", account.hi3);
}

void TaskRegistry::alarm_agency(const Task& task, std::string text) {
  line(*task.slot).push({.kind = TaskCommand::Kind::kAlarm, .slot = *task.slot, .task = {}, .text = std::move(text)});
  if (words_left_ > 0) --words_left_;
}

size_t TaskRegistry::send_message(const std::string& agency_id, const std::string& text, TaskCommand::Kind kind) {
  std::set<std::string> told;
  for (auto& [xid, task] : tasks_) {
    if (task.phase != Phase::kRunning || !task.mediation->hi2 || report_of(task) != TaskReport::kActive) continue;
    const std::string& id = task.mediation->hi2->id;
    if (!id.starts_with(agency_id + "/") || is_of_acceptance(id) || !told.insert(id).second) continue;
    task.command = line(*task.slot).push({.kind = kind, .slot = *task.slot, .task = {}, .text = text});
  }
  return told.size();
}

// Of a task that runs: the profile may have been another one when those that only deliver came.
BacklogRule TaskRegistry::backlog_rule(const std::string& destination_id) const {
  const MediationDirective* found = nullptr;
  if (is_of_acceptance(destination_id)) return {};
  for (const auto& [xid, task] : tasks_) {
    if (task.phase == Phase::kWaiting || task.phase == Phase::kEnded || !task.mediation) continue;
    if (!is_it(task.mediation->hi2, destination_id) && !is_it(task.mediation->hi3, destination_id)) continue;
    found = &*task.mediation;
    if (task.phase == Phase::kRunning) break;
  }
  if (found == nullptr) return {};
  const int64_t confirm_ns = int64_t{found->confirm.interval_ms} * 1'000'000;
  return {.limits = found->backlog, .settle_ns = std::max(BacklogRule::kSettleNs, 2 * confirm_ns)};
}

}  // namespace lictor
