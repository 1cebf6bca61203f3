// What somebody sees who is not of every desk. Where a site has desks, his view follows from his own warrants alone:
// it is the same whether another desk has any or not.
#include <algorithm>

#include "control/admin/administration.h"
#include "control/fleet/alarm_classes.h"
#include "control/registry/uuid.h"
#include "dataplane/base/ids.h"

namespace lictor::control {
namespace {

const std::string kWarrantObject = "warrant/";  // of alarms that are about a warrant
// What alarms of the platform are about: nothing, or these.
const std::vector<std::string> kPlatformSubjects = {AlarmLog::kNoSubject, AlarmLog::place_subject("port/"),
                                                    AlarmLog::place_subject("certificate/")};

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

// By way of the warrants that are seen: others' take no time. Who sees all sees what is of no warrant, too.
std::vector<const StoredHold*> Administration::holds_seen(const NetworkElement& element, const DeskSet& desks) const {
  std::vector<const StoredHold*> seen;
  if (desks.sees_all()) {
    for (const auto& [xid, hold] : element.holds) seen.push_back(&hold);
    return seen;
  }
  registry_->for_each_id(desks, {}, [&](const std::string& id) {
    if (const auto of_warrant = element.xids.find(id); of_warrant != element.xids.end())
      for (const std::string& xid : of_warrant->second) seen.push_back(&element.holds.at(xid));
    return true;
  });
  return seen;
}

// What its lines do, he sees who has a warrant of it.
bool Administration::sees_agency(const std::string& agency_id, const DeskSet& desks) const {
  bool is_seen = false;
  registry_->for_each_live(desks, [&](const StoredWarrant& stored) {
    is_seen = stored.warrant().agency_id() == agency_id;
    return !is_seen;
  });
  return is_seen;
}

bool Administration::sees_destination(const std::string& destination_id, const DeskSet& desks) const {
  if (destination_id.starts_with(kWarrantObject))
    return sees_warrant(destination_id.substr(kWarrantObject.size()), desks);
  return sees_agency(destination_id.substr(0, destination_id.find('/')), desks);
}

v1::Statistics Administration::confined(const NetworkElement& element, const DeskSet& desks) const {
  const v1::Statistics& statistics = element.statistics;
  v1::Statistics own;
  own.set_taken_unix_ns(statistics.taken_unix_ns());
  for (const v1::PortStatistics& port : statistics.ports()) *own.add_ports() = offered_of(port);
  own.set_replay_complete(statistics.replay_complete());
  if (statistics.has_clock()) *own.mutable_clock() = statistics.clock();
  for (const StoredHold* hold : holds_seen(element, desks))
    if (const v1::TaskStatistics* task = FleetBook::task_of(element, *hold); task != nullptr) *own.add_tasks() = *task;
  for (const v1::DestinationStatistics& destination : statistics.destinations())
    if (sees_destination(destination.id(), desks)) *own.add_destinations() = destination;
  return own;
}

std::vector<std::string> Administration::subjects_seen(const DeskSet& desks) const {
  std::vector<std::string> subjects = kPlatformSubjects;
  for (const auto& [id, element] : book_->elements())
    for (const StoredHold* hold : holds_seen(element, desks))
      if (const Result<Xid> xid = parse_uuid(hold->xid()); xid.ok())
        subjects.push_back(AlarmLog::task_subject(std::string(as_text(Bytes(xid->octets)))));
  std::set<std::string> agencies;
  registry_->for_each_id(desks, {}, [&](const std::string& id) {
    subjects.push_back(AlarmLog::place_subject(kWarrantObject + id));
    const auto live = registry_->live_warrants().find(id);
    if (live != registry_->live_warrants().end()) agencies.insert(live->second.warrant().agency_id());
    return true;
  });
  for (const std::string& agency : agencies) subjects.push_back(AlarmLog::place_subject(agency + "/"));
  return subjects;
}

std::vector<v1::Alarm> Administration::alarms_for(bool standing_only, size_t limit, const Caller& caller,
                                                  AlarmsShown shown) const {
  // What the platform's people see follows from no warrant at all.
  if (!is_confined(caller) || shown == AlarmsShown::kPlatform) return alarms_->list(standing_only, limit, shown);
  std::vector<v1::Alarm> own;
  for (v1::Alarm& alarm : alarms_->list_about(subjects_seen(caller.desks))) {
    if (own.size() == limit) break;
    if (standing_only && alarm.cleared_unix_ns() != 0) continue;
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
