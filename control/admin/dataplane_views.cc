// What people ask about dataplanes. Reads only.
#include <fmt/format.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"
#include "dataplane/base/ids.h"

namespace lictor::control {
namespace {

constexpr size_t kAlarmsPerListMax = 1000;
constexpr size_t kAlarmsPerListDefault = 100;

v1::Dataplane dataplane_of(const NetworkElement& element) {
  const StoredNetworkElement& stored = element.stored;
  v1::Dataplane dataplane;
  dataplane.set_network_element_id(stored.network_element_id());
  dataplane.set_interception_point_id(stored.interception_point_id());
  dataplane.set_incarnation(stored.incarnation());
  dataplane.set_attached(element.attached);
  dataplane.set_attached_unix_ns(stored.attached_unix_ns());
  dataplane.set_acknowledged_generation(element.acknowledged_generation);
  dataplane.set_software_version(stored.software_version());
  *dataplane.mutable_ports() = stored.ports();
  dataplane.set_lab(stored.lab());
  return dataplane;
}

uint64_t generation_of(const StoredHold& hold) {
  return std::max(hold.tap().generation(), hold.mediation().generation());
}

// What is known of a task before the dataplane has reported on it: the acknowledgement comes before the statistics.
v1::TapState state_without_report(const NetworkElement& element, const StoredHold& hold, bool has_begun) {
  if (hold.withdrawal().generation() != 0) return v1::TAP_STATE_DRAINING;
  const bool in_force = has_begun && element.acknowledged_generation >= generation_of(hold);
  return in_force ? v1::TAP_STATE_ACTIVE : v1::TAP_STATE_PENDING;
}

// A report that is older than the acknowledgement does not know better.
v1::TapState state_of(const NetworkElement& element, const StoredHold& hold, const v1::TaskStatistics* task,
                      bool has_begun) {
  if (task == nullptr) return state_without_report(element, hold, has_begun);
  const bool is_older = task->state() == v1::TAP_STATE_PENDING && generation_of(hold) > element.reported_generation;
  return is_older ? state_without_report(element, hold, has_begun) : task->state();
}

v1::TapStatus status_of(const NetworkElement& element, const StoredHold& hold, const v1::TaskStatistics* task,
                        bool has_begun) {
  const std::string& id = element.stored.network_element_id();
  v1::TapStatus status;
  status.set_network_element_id(id);
  status.set_xid(hold.xid());
  status.set_warrant_id(hold.warrant_id());
  status.set_state(state_of(element, hold, task, has_begun));
  if (!hold.refusal().empty()) status.set_state(v1::TAP_STATE_REFUSED);
  status.set_refusal(hold.refusal());
  if (task == nullptr) return status;
  status.set_matched(task->records().matched());
  status.set_confirmed(task->records().confirmed());
  status.set_in_spool(task->records().in_spool());
  return status;
}

}  // namespace

v1::ListDataplanesReply Administration::list_dataplanes(const Caller& caller) {
  const Act act(*this);
  v1::ListDataplanesReply reply;
  for (const auto& [id, element] : book_->elements()) *reply.add_dataplanes() = dataplane_of(element);
  if (is_confined(caller))  // it grows with every desk's tasks
    for (v1::Dataplane& dataplane : *reply.mutable_dataplanes()) dataplane.clear_acknowledged_generation();
  return reply;
}

Result<v1::ListTapsReply> Administration::list_taps(const std::string& network_element_id, const Caller& caller) {
  const Act act(*this);
  if (!network_element_id.empty() && book_->element(network_element_id) == nullptr)
    return absl::NotFoundError("network_element_id: no such dataplane");
  const int64_t now = options_.legal_clock().unix_ns;
  v1::ListTapsReply reply;
  for (const auto& [id, element] : book_->elements()) {
    if (!network_element_id.empty() && id != network_element_id) continue;
    for (const StoredHold* hold : holds_seen(element, caller.desks)) {
      const auto warrant = registry_->live_warrants().find(hold->warrant_id());
      const bool has_begun =
          warrant != registry_->live_warrants().end() && window_of(warrant->second.warrant()).start_unix_ns() <= now;
      v1::TapStatus& tap = *reply.add_taps();
      tap = status_of(element, *hold, FleetBook::task_of(element, *hold), has_begun);
      tap.set_refusal(reason_for(caller, tap.refusal()));
    }
  }
  return reply;
}

Result<v1::GetStatisticsReply> Administration::get_statistics(const std::string& network_element_id,
                                                              const Caller& caller) {
  const Act act(*this);
  const NetworkElement* element = book_->element(network_element_id);
  if (element == nullptr) return absl::NotFoundError("network_element_id: no such dataplane");
  v1::GetStatisticsReply reply;
  reply.set_network_element_id(network_element_id);
  *reply.mutable_statistics() = is_confined(caller) ? confined(*element, caller.desks) : element->statistics;
  return reply;
}

Result<v1::ListAlarmsReply> Administration::list_alarms(const v1::ListAlarmsRequest& request, const Caller& caller,
                                                        AlarmsShown shown) {
  if (request.limit() > kAlarmsPerListMax)
    return refused(absl::StatusCode::kInvalidArgument, "limit", fmt::format("at most {}", kAlarmsPerListMax));
  const Act act(*this);
  const size_t limit = request.limit() == 0 ? kAlarmsPerListDefault : request.limit();
  v1::ListAlarmsReply reply;
  for (v1::Alarm& alarm : alarms_for(request.standing_only(), limit, caller, shown))
    *reply.add_alarms() = std::move(alarm);
  return reply;
}

}  // namespace lictor::control
