// A network element that does not come back is forgotten, with what it held and the alarms about it: what it kept from
// being erased goes with the next sweep. Under the administration's mutex.
#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/violations.h"

namespace lictor::control {

Status Administration::retire_dataplane(const std::string& network_element_id, const Caller& caller) {
  Act act(*this, {.action = "dataplane.retire", .object = network_element_id, .caller = caller});
  if (is_confined(caller)) return absl::PermissionDeniedError("others' tasks are there: it takes who is of every desk");
  const NetworkElement* const element = book_->element(network_element_id);
  if (element == nullptr) return absl::NotFoundError("network_element_id: no such dataplane");
  if (element->attached)
    return refused(absl::StatusCode::kFailedPrecondition, "network_element_id", "is attached: stop it first");
  std::set<std::string> xids;
  for (const auto& [xid, hold] : element->holds) xids.insert(xid);
  act.deed().fields = {{"tasks", std::to_string(xids.size())}};
  FleetPlan plan = book_->begin();
  FleetBook::plan_retirement(plan, network_element_id);
  const Result<uint64_t> revision = commit(act, {}, plan);
  if (!revision.ok()) return revision.status();
  erase_unused_keys(xids);
  for (v1::Alarm& alarm : alarms_->list(true, AlarmLog::kAlarmsMax)) {
    if (alarm.network_element_id() != network_element_id) continue;
    alarm.clear_text();  // what is known of it stays
    alarm.clear_count();
    alarm.set_cleared_unix_ns(options_.legal_clock().unix_ns);
    alarms_->report(std::move(alarm));
  }
  return absl::OkStatus();
}

}  // namespace lictor::control
