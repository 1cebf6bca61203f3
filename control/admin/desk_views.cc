// What somebody sees who is not of every desk. Where a site has desks, his view follows from his own warrants alone:
// it is the same whether another desk has any or not.
#include <algorithm>

#include "control/admin/administration.h"
#include "control/fleet/alarm_classes.h"
#include "control/registry/uuid.h"
#include "dataplane/base/ids.h"

namespace lictor::control {
namespace {

constexpr std::string_view kWarrantObject = "warrant/";  // of alarms that are about a warrant

// What a port is offered does not tell who is copied. What is taken from it, or missed, does: nothing is while nobody
// is tapped. So do sums of packets, records, rules and stages.
v1::PortStatistics offered_of(const v1::PortStatistics& port) {
  v1::PortStatistics own;
  own.set_name(port.name());
  own.set_offered(port.offered());
  own.set_ierrors(port.ierrors());
  own.set_link_up(port.link_up());
  return own;
}

}  // namespace

bool Administration::is_confined(const Caller& caller) const {
  return options_.policy.desks && !caller.desks.sees_all();
}

const std::string& Administration::reason_for(const Caller& caller, const std::string& reason) const {
  static const std::string kCannot = "it cannot, or has no room";
  return is_confined(caller) && !reason.empty() ? kCannot : reason;
}

bool Administration::sees_warrant(const std::string& id, const DeskSet& desks) const {
  if (desks.sees_all()) return true;
  const Result<StoredWarrant> stored = registry_->warrant(id);
  return stored.ok() && desks.sees(stored->warrant().desk());
}

// A task that no dataplane has any more is nobody's.
bool Administration::sees_task(const std::string& xid_octets, const DeskSet& desks) const {
  const Result<Xid> xid = Xid::from_octets(as_bytes(xid_octets));
  if (!xid.ok()) return false;
  for (const auto& [id, element] : book_->elements())
    if (const auto hold = element.holds.find(xid->to_string()); hold != element.holds.end())
      return sees_warrant(hold->second.warrant_id(), desks);
  return false;
}

// What its lines do, he sees who has a warrant of it.
bool Administration::sees_agency(const std::string& agency_id, const DeskSet& desks) const {
  return std::ranges::any_of(registry_->live_warrants(), [&](const auto& entry) {
    const v1::Warrant& warrant = entry.second.warrant();
    return warrant.agency_id() == agency_id && desks.sees(warrant.desk());
  });
}

bool Administration::sees_destination(const std::string& destination_id, const DeskSet& desks) const {
  if (destination_id.starts_with(kWarrantObject))
    return sees_warrant(destination_id.substr(kWarrantObject.size()), desks);
  return sees_agency(destination_id.substr(0, destination_id.find('/')), desks);
}

v1::Statistics Administration::confined(const v1::Statistics& statistics, const DeskSet& desks) const {
  v1::Statistics own;
  own.set_taken_unix_ns(statistics.taken_unix_ns());
  for (const v1::PortStatistics& port : statistics.ports()) *own.add_ports() = offered_of(port);
  own.set_replay_complete(statistics.replay_complete());
  if (statistics.has_clock()) *own.mutable_clock() = statistics.clock();
  for (const v1::TaskStatistics& task : statistics.tasks())
    if (sees_task(task.xid(), desks)) *own.add_tasks() = task;
  for (const v1::DestinationStatistics& destination : statistics.destinations())
    if (sees_destination(destination.id(), desks)) *own.add_destinations() = destination;
  return own;
}

std::vector<v1::Alarm> Administration::alarms_for(bool standing_only, size_t limit, const Caller& caller,
                                                  AlarmsShown shown) const {
  // What the platform's people see follows from no warrant at all.
  if (!is_confined(caller) || shown == AlarmsShown::kPlatform) return alarms_->list(standing_only, limit, shown);
  std::vector<v1::Alarm> own;
  for (v1::Alarm& alarm : alarms_->list(standing_only, AlarmLog::kAlarmsMax, shown)) {
    if (own.size() == limit) break;
    if (alarm.code() == kDirectiveRefused) alarm.set_text(reason_for(caller, alarm.text()));
    const bool is_own = (alarm.xid().empty() || sees_task(alarm.xid(), caller.desks)) &&
                        (alarm.destination_id().empty() || sees_destination(alarm.destination_id(), caller.desks));
    // What is about no task and no line (a full ring, a store that is slow) may be another desk's doing.
    const bool is_about_something = !alarm.xid().empty() || !alarm.destination_id().empty();
    if (is_platform_alarm(alarm) || (is_own && is_about_something)) own.push_back(std::move(alarm));
  }
  return own;
}

}  // namespace lictor::control
