// How many connections and lanes a destination has, and the alarms that stand while it may have no more. Control
// thread.
#include <algorithm>

#include "encoders/handover/handover.h"

namespace lictor {

bool Handover::has_fewer(const Interface& interface, uint32_t connections) const {
  const auto of_it = [&](const auto& known) {
    return known.first.id == interface.first && known.first.side == interface.second;
  };
  return static_cast<uint64_t>(std::ranges::count_if(destinations_, of_it)) < connections;
}

bool Handover::may_have_own(const DestinationPlan& plan) {
  const Interface interface { plan.id, plan.side };
  if (has_fewer(interface, plan.connections_max)) return true;
  const bool is_new = at_bound_.insert_or_assign(interface, plan.connections_max).second;
  if (is_new) tell_bound(plan.id, false);
  return false;
}

void Handover::look_at_bounds() {
  std::erase_if(at_bound_, [this](const auto& standing) {
    if (!has_fewer(standing.first, standing.second)) return false;
    tell_bound(standing.first.first, true);
    return true;
  });
}

void Handover::tell_bound(const std::string& id, bool cleared) {
  alarms_.raise({.code = "connections_at_bound",
                 .severity = cleared ? AlarmSeverity::kInformation : AlarmSeverity::kWarning,
                 .xid = {},
                 .destination_id = id,
                 .text = cleared ? "a warrant may have a connection of its own again"
                                 : "every connection is in use: further warrants share one",
                 .raised = legal_now(),
                 .cleared = cleared,
                 .count = 0});
}

}  // namespace lictor
