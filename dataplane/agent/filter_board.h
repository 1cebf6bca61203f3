// The filters of the tasks in force, by slot, and whom the dataplane itself is connected to: makes the TaskFilters that
// go with a target table. Control thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/agent/directive.h"
#include "dataplane/pattern/pattern_compiler.h"
#include "dataplane/task_filters.h"

namespace lictor {

class FilterBoard {
 public:
  // `compiler` may be null: then a tap with patterns is refused. It outlives this.
  explicit FilterBoard(PatternCompiler* compiler) : compiler_(compiler) {}

  // What narrows this tap, for all rx lcores. Where `before`, which `filter` was made for, has the same patterns, the
  // set stays the same: its flows stay selected. The compiler's refusals, by the name of the field. May take
  // PatternLimits::compile_ms_max.
  Result<TaskFilter> make(const TapDirective& tap, const std::optional<TapDirective>& before, const TaskFilter& filter);

  // From now on this is the slot's; an empty one is none.
  void set(TaskSlot slot, const TaskFilter& filter);
  void set_own(std::vector<TransportEndpoint> endpoints);

  // Whether anything is another than build() last said.
  [[nodiscard]] bool changed() const { return changed_; }
  // Null where nothing is narrowed.
  [[nodiscard]] std::shared_ptr<const TaskFilters> build();

 private:
  PatternCompiler* const compiler_;
  std::map<TaskSlot, TaskFilter> by_slot_;
  std::vector<TransportEndpoint> own_;
  bool changed_ = false;
};

}  // namespace lictor
