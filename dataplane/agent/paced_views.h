// The views of all tasks, read a part at a time, so that what lictord tells meanwhile does not wait until thousands of
// tasks were read. Of each the counters are of one moment. Control thread only.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "dataplane/agent/task_registry.h"

namespace lictor {

class PacedViews {
 public:
  static constexpr size_t kTasksPerTurn = 1024;

  // From the first task.
  void begin(const TaskRegistry& registry);
  // Reads on; begins anew where a task was forgotten meanwhile, and then reads all at once. Whether it has all.
  bool turn(const TaskRegistry& registry, size_t count = kTasksPerTurn);
  // When it has all.
  std::vector<TaskView> take() { return std::exchange(views_, {}); }

 private:
  std::vector<TaskView> views_;
  std::optional<Xid> next_;  // nothing: the first
  uint64_t forgotten_ = 0;   // by the registry when this began
};

}  // namespace lictor
