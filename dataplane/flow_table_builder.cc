#include "dataplane/flow_table_builder.h"

#include <fmt/format.h>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

Status check_count(size_t rules, const FlowLimits& limits) {
  if (rules <= limits.rules_max) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("limits.flows_max: this dataplane holds {} flows at most", limits.rules_max));
}

}  // namespace

FlowTableBuilder::FlowTableBuilder(const FlowLimits& limits) : limits_(limits) {}

Status FlowTableBuilder::set(TaskSlot slot, std::vector<TargetRule> rules, SocketTime now) {
  for (const TargetRule& rule : rules) {
    LICTOR_CHECK(rule.slot == slot);
    if (Status status = check_flow(rule); !status.ok()) return status;
  }
  const auto old = tasks_.find(slot);
  if (old != tasks_.end() && old->second.rules == rules) return absl::OkStatus();
  const size_t old_count = old == tasks_.end() ? 0 : old->second.rules.size();
  if (Status status = check_count(rules_ - old_count + rules.size(), limits_); !status.ok()) {
    return status;
  }
  Task before = take(slot);
  put(slot, {.rules = std::move(rules), .version = ++version_});
  if (rules_beside_ <= beside_max()) return absl::OkStatus();
  Status status = make_room(now);
  if (status.ok()) return status;
  take(slot);
  put(slot, std::move(before));
  return status;
}

void FlowTableBuilder::set_back(TaskSlot slot, std::vector<TargetRule> rules) {
  take(slot);
  put(slot, {.rules = std::move(rules), .version = ++version_});
}

void FlowTableBuilder::put(TaskSlot slot, Task task) {
  if (task.rules.empty()) return;
  changed_ = true;
  rules_ += task.rules.size();
  if (is_in_base(task)) {
    mark_removed(slot, false);
  } else {
    beside_.insert(slot);
    rules_beside_ += task.rules.size();
  }
  tasks_[slot] = std::move(task);
}

FlowTableBuilder::Task FlowTableBuilder::take(TaskSlot slot) {
  const auto found = tasks_.find(slot);
  if (found == tasks_.end()) return {};
  changed_ = true;
  Task task = std::move(found->second);
  tasks_.erase(found);
  rules_ -= task.rules.size();
  if (is_in_base(task)) {
    mark_removed(slot, true);
  } else {
    beside_.erase(slot);
    rules_beside_ -= task.rules.size();
  }
  return task;
}

void FlowTableBuilder::mark_removed(TaskSlot slot, bool removed) {
  const auto [first, end] = base_rules_of_.equal_range(slot);
  for (auto at = first; at != end; ++at) {
    const uint64_t bit = uint64_t{1} << at->second % 64;
    uint64_t& word = removed_[at->second / 64];
    LICTOR_CHECK(((word & bit) != 0) != removed);
    word ^= bit;
    rules_removed_ = removed ? rules_removed_ + 1 : rules_removed_ - 1;
  }
}

Status FlowTableBuilder::make_room(SocketTime now) {
  if (build_ != nullptr) {
    const Status status = end_build(now);
    if (!status.ok() || rules_beside_ <= beside_max()) return status;
  }
  if (now < refused_until_) return failure_;
  if (const Status status = start_build(); !status.ok()) return status;
  return end_build(now);
}

Status FlowTableBuilder::start_build() {
  std::vector<TargetRule> rules;
  rules.reserve(rules_);
  for (const auto& [slot, task] : tasks_) rules.insert(rules.end(), task.rules.begin(), task.rules.end());
  Result<std::unique_ptr<FlowBuild>> build = FlowBuild::start(std::move(rules), limits_);
  if (!build.ok()) return build.status();
  build_ = *std::move(build);
  build_version_ = version_;
  return absl::OkStatus();
}

// Waits where it is not over.
Status FlowTableBuilder::end_build(SocketTime now) {
  Result<std::shared_ptr<const FlowRules>> built = build_->wait();
  build_.reset();
  if (built.ok()) {
    ++builds_;
    refused_until_ = {};
    failure_ = absl::OkStatus();
    adopt(*std::move(built));
    return absl::OkStatus();
  }
  ++builds_failed_;
  failure_ = built.status();
  failed_version_ = build_version_;
  refused_until_ = {now.ns + kRetryAfterBuilds * limits_.build_ms_max * kNanosecondsPerMillisecond};
  return failure_;
}

// What changed since the build began stays beside it.
void FlowTableBuilder::adopt(std::shared_ptr<const FlowRules> base) {
  changed_ = true;
  base_ = std::move(base);
  base_version_ = build_version_;
  base_rules_of_.clear();
  removed_.assign((base_->rules.size() + 63) / 64, 0);
  rules_removed_ = 0;
  std::set<TaskSlot> gone;
  for (uint32_t at = 0; at < base_->rules.size(); ++at) {
    const TaskSlot slot = base_->rules[at].slot;
    base_rules_of_.emplace(slot, at);
    const auto task = tasks_.find(slot);
    if (task == tasks_.end() || !is_in_base(task->second)) gone.insert(slot);
  }
  for (const TaskSlot slot : gone) mark_removed(slot, true);
  for (auto at = beside_.begin(); at != beside_.end();) {
    const Task& task = tasks_.at(*at);
    if (is_in_base(task)) {
      rules_beside_ -= task.rules.size();
      at = beside_.erase(at);
    } else {
      ++at;
    }
  }
}

bool FlowTableBuilder::should_merge(SocketTime now) const {
  const size_t base = base_->rules.size();
  const bool worth_it =
      rules_beside_ >= std::max(kMergeAtMin, base / 16) || rules_removed_ > std::max(kMergeAtMin, base / 2);
  return worth_it && now >= refused_until_ && failed_version_ != version_;
}

void FlowTableBuilder::follow(SocketTime now) {
  if (build_ != nullptr) {
    if (build_->is_over()) end_build(now).IgnoreError();  // failure() keeps it
  } else if (should_merge(now)) {
    start_build().IgnoreError();  // one that was left behind still runs: later
  }
}

std::unique_ptr<const FlowTable> FlowTableBuilder::build() {
  changed_ = false;
  std::vector<TargetRule> rules;
  rules.reserve(rules_beside_);
  for (const TaskSlot slot : beside_) {
    const std::vector<TargetRule>& own = tasks_.at(slot).rules;
    rules.insert(rules.end(), own.begin(), own.end());
  }
  return std::make_unique<const FlowTable>(base_, rules_removed_ == 0 ? std::vector<uint64_t>() : removed_,
                                           walked_flow_rules(std::move(rules)));
}

Result<std::unique_ptr<const FlowTable>> build_flow_table(std::vector<TargetRule> rules, const FlowLimits& limits) {
  for (const TargetRule& rule : rules) {
    if (Status status = check_flow(rule); !status.ok()) return status;
  }
  if (Status status = check_count(rules.size(), limits); !status.ok()) return status;
  const Result<std::unique_ptr<FlowBuild>> build = FlowBuild::start(std::move(rules), limits);
  if (!build.ok()) return build.status();
  Result<std::shared_ptr<const FlowRules>> built = (*build)->wait();
  if (!built.ok()) return built.status();
  return std::make_unique<const FlowTable>(*std::move(built), std::vector<uint64_t>(), FlowRules());
}

}  // namespace lictor
