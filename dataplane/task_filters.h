// What narrows the tasks of a target table: exclusions and patterns by slot, and the dataplane's own connections. It is
// a part of the table that it belongs to, so that no packet meets the targets of one and the filters of another.
// Built by the control thread, then immutable: rx lcores read it.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/packet/exclusion_set.h"
#include "dataplane/pattern/pattern_set.h"

namespace lictor {

struct TaskFilter {
  std::shared_ptr<const ExclusionSet> exclusions;  // null: none
  std::shared_ptr<const PatternSet> patterns;      // null: every packet

  [[nodiscard]] bool empty() const { return exclusions == nullptr && patterns == nullptr; }
};

class TaskFilters {
 public:
  // `own`: excluded for every task. `by_slot` may end before the last slot.
  TaskFilters(ExclusionSet own, std::vector<TaskFilter> by_slot)
      : own_(std::move(own)),
        by_slot_(std::move(by_slot)),
        follow_conversations_(std::ranges::any_of(by_slot_, [](const TaskFilter& filter) {
          return filter.patterns != nullptr && filter.patterns->any_reaches_flow();
        })) {}

  [[nodiscard]] const ExclusionSet& own() const { return own_; }
  // Null where the task has none.
  [[nodiscard]] const TaskFilter* of(TaskSlot slot) const {
    const size_t index = index_of(slot);
    return index < by_slot_.size() && !by_slot_[index].empty() ? &by_slot_[index] : nullptr;
  }
  // Whether some task is given whole conversations: then it matters to which one a packet belongs.
  [[nodiscard]] bool follow_conversations() const { return follow_conversations_; }

 private:
  const ExclusionSet own_;
  const std::vector<TaskFilter> by_slot_;
  const bool follow_conversations_;
};

}  // namespace lictor
