// Parts of the acts on warrants: names of states, XIDs of deliveries, who did what. Private to control/admin. Pure
// functions, any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "control/admin/account.h"
#include "control/registry/records.pb.h"
#include "dataplane/base/clock.h"

namespace lictor::control {

// "ACTIVE" of WARRANT_STATE_ACTIVE.
std::string name_of(v1::WarrantState state);

// "targets, end"
std::string list_of(const std::vector<std::string>& names);

// What the account says of a warrant: nothing that names whom it is about.
std::vector<AuditField> fields_of(const v1::Warrant& warrant);

std::set<std::string> xids_of(const v1::Warrant& warrant);
// A delivery that stays keeps its XID, so that its numbering goes on; a new one gets a new XID.
void name_deliveries(v1::Warrant& warrant, const v1::Warrant& before);
// Those XIDs are done with: new ones instead.
void rename_deliveries(v1::Warrant& warrant, const std::set<std::string>& spent);

v1::WarrantDeed deed_of(const Caller& caller, LegalTime now);
// Had a hand in what waits for approval.
void note_author(StoredWarrant& stored, const Caller& caller);
[[nodiscard]] bool is_author(const StoredWarrant& stored, const Caller& caller);
// The only author of what waits from now on.
void begin_proposal(StoredWarrant& stored, const Caller& caller);
// Nothing waits any more.
void forget_proposal(StoredWarrant& stored);

}  // namespace lictor::control
