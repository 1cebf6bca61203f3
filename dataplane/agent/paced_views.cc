#include "dataplane/agent/paced_views.h"

namespace lictor {

void PacedViews::begin(const TaskRegistry& registry) {
  views_.clear();
  next_.reset();
  forgotten_ = registry.tasks_forgotten();
}

// What a task counted goes on counting when it is forgotten: it would be there twice, or not at all.
bool PacedViews::turn(const TaskRegistry& registry, size_t count) {
  if (forgotten_ == registry.tasks_forgotten()) {
    next_ = registry.read_views(next_, count, views_);
    return !next_.has_value();
  }
  views_ = registry.views();
  return true;
}

}  // namespace lictor
