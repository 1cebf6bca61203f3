#include "control/admin/warrant_parts.h"

#include <algorithm>

#include "control/registry/uuid.h"

namespace lictor::control {
namespace {

// Whether both go to the same destinations: how fast is no matter of who they are.
bool is_same(const v1::Delivery& a, const v1::Delivery& b) {
  return a.hi2_destination_id() == b.hi2_destination_id() && a.hi3_destination_id() == b.hi3_destination_id();
}

}  // namespace

std::string name_of(v1::WarrantState state) {
  return v1::WarrantState_Name(state).substr(sizeof("WARRANT_STATE_") - 1);
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

std::vector<AuditField> fields_of(const v1::Warrant& warrant) {
  return {{"agency", warrant.agency_id()},
          {"state", name_of(warrant.state())},
          {"version", std::to_string(warrant.version())},
          {"start", warrant.start()},
          {"end", warrant.end()},
          {"targets", std::to_string(warrant.targets_size())}};
}

std::set<std::string> xids_of(const v1::Warrant& warrant) { return {warrant.xids().begin(), warrant.xids().end()}; }

void name_deliveries(v1::Warrant& warrant, const v1::Warrant& before) {
  warrant.clear_xids();
  for (const v1::Delivery& delivery : warrant.deliveries()) {
    std::string xid;
    for (int i = 0; i < before.xids_size(); ++i)
      if (is_same(before.deliveries(i), delivery)) xid = before.xids(i);
    warrant.add_xids(xid.empty() ? make_random_uuid().to_string() : xid);
  }
}

void rename_deliveries(v1::Warrant& warrant, const std::set<std::string>& spent) {
  for (std::string& xid : *warrant.mutable_xids())
    if (spent.count(xid) != 0) xid = make_random_uuid().to_string();
}

v1::WarrantDeed deed_of(const Caller& caller, LegalTime now) {
  v1::WarrantDeed deed;
  deed.set_person(caller.person);
  deed.set_time_unix_ns(now.unix_ns);
  return deed;
}

void note_author(StoredWarrant& stored, const Caller& caller) {
  if (!is_author(stored, caller)) stored.add_authors(caller.person);
}

bool is_author(const StoredWarrant& stored, const Caller& caller) {
  return std::ranges::find(stored.authors(), caller.person) != stored.authors().end();
}

void begin_proposal(StoredWarrant& stored, const Caller& caller) {
  stored.clear_authors();
  stored.clear_mismatches();
  stored.add_authors(caller.person);
}

void forget_proposal(StoredWarrant& stored) {
  stored.mutable_warrant()->clear_proposed();
  stored.clear_authors();
  stored.clear_mismatches();
}

}  // namespace lictor::control
