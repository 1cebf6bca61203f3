// How many connections and lanes a destination has, the alarms that stand while it may have no more, and the pace of a
// task. Control thread.
#include <algorithm>

#include "encoders/handover/connection.h"
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
  std::erase_if(lanes_refused_, [this](const auto& standing) {
    if (lanes_to(standing.first) >= plan_.lanes_max) return false;
    tell_lanes(standing.first.first, 0, true);
    return true;
  });
}

uint64_t Handover::lanes_to(const Interface& interface) const {
  uint64_t sum = 0;
  for (const auto& [key, destination] : destinations_)
    if (key.id == interface.first && key.side == interface.second) sum += destination.lanes.size();
  return sum;
}

bool Handover::may_have_lane(const Destination& destination, const DestinationPlan& plan, const LanePlan& lane) {
  const Interface interface { plan.id, plan.side };
  const bool is_known = lane.is_former || destination.lanes.contains(lane.owner);
  if (is_known || lanes_to(interface) < plan_.lanes_max) {
    if (const auto refused = lanes_refused_.find(interface); refused != lanes_refused_.end())
      refused->second.erase(lane.owner);
    return true;
  }
  std::set<Xid>& refused = lanes_refused_[interface];
  // Who has ended stays among them while the bound is reached: more than there can be are counted anew.
  if (refused.size() >= accounts_.size()) refused.clear();
  const bool is_new = refused.insert(lane.owner).second;  // each change of a warrant asks again
  if (is_new) tell_lanes(plan.id, 1, false);
  return false;
}

// Each warrant that shares counts once: lictord adds up what is told.
void Handover::tell_lanes(const std::string& id, uint64_t refused, bool cleared) {
  alarms_.raise({.code = "lanes_at_bound",
                 .severity = cleared ? AlarmSeverity::kInformation : AlarmSeverity::kWarning,
                 .xid = {},
                 .destination_id = id,
                 .text = cleared
                             ? "a warrant may have a spool and a rate of its own again"
                             : "every spool of a warrant's own is in use: further ones share one, without their rate",
                 .raised = legal_now(),
                 .cleared = cleared,
                 .count = refused});
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

// What a task left and what it brings have one pace.
std::shared_ptr<TokenBucket> Handover::task_pace(const std::string& id, const Xid& task, uint64_t rate_bps) {
  std::erase_if(task_paces_, [](const auto& known) { return known.second.expired(); });
  std::weak_ptr<TokenBucket>& known = task_paces_[{id, task}];
  std::shared_ptr<TokenBucket> pace = known.lock();
  if (pace == nullptr) known = pace = std::make_shared<TokenBucket>();
  pace->set_rate(rate_bps);
  return pace;
}

void Handover::leave_apart(DestinationHandle handle, const Xid& task, uint64_t rate_bps) {
  const Key& key = handles_of_.at(handle).key;
  Connection* const connection = destinations_.at(key).connection;
  if (connection != nullptr) connection->set_apart(task, task_pace(key.id, task, rate_bps));
}

}  // namespace lictor
