// What the registry has room for: targets, and slots of tasks.
#include "dataplane/agent/task_registry.h"

namespace lictor {

size_t TaskRegistry::targets_held() const {
  size_t targets = 0;
  for (const auto& [xid, task] : tasks_) {
    const bool counts = task.tap && (task.phase == Phase::kWaiting || task.phase == Phase::kRunning);
    targets += counts ? task.tap->targets.size() + task.tap->identities.size() : 0;
  }
  return targets;
}

// They are counted only where what was added since they were counted last could be too much: there are many tasks.
bool TaskRegistry::has_room_for_targets() {
  if (targets_bound_ > TargetTable::kRulesMax) targets_bound_ = targets_held();
  return targets_bound_ <= TargetTable::kRulesMax;
}

Result<TaskSlot> TaskRegistry::take_slot() {
  if (!free_slots_.empty()) {
    const TaskSlot slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }
  if (slots_used_ < plan_.accounts.size()) return TaskSlot{slots_used_++};
  // Ended tasks keep their accounts in the reports as long as their slots are not needed: the oldest goes.
  while (!ended_.empty()) {
    const auto oldest = tasks_.find(ended_.front());
    ended_.pop_front();
    const TaskSlot slot = *oldest->second.slot;
    forgotten_ += totals_of(index_of(slot), plan_.accounts, plan_.rx);
    ++tasks_forgotten_;
    tasks_.erase(oldest);
    clear(plan_.accounts[index_of(slot)]);
    for (RxAccount* rx : plan_.rx) clear(rx->tasks[index_of(slot)]);
    plan_.handover->admit(slot);
    return slot;
  }
  return absl::ResourceExhaustedError("buffers.tasks_max: earlier tasks still hold every place");
}

}  // namespace lictor
