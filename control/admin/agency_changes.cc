// A change of who gets an agency's records, and of how others are kept from them, takes two persons while a warrant of
// it is on its way to approval, approved or in force: else who approved a warrant would have approved another receiver.
#include <fmt/format.h>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/warrant_parts.h"
#include "control/registry/agency_change_rules.h"
#include "control/registry/agency_rules.h"
#include "control/registry/keys.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

constexpr auto kAborted = absl::StatusCode::kAborted;
constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

Write write_of(v1::AgencyChange change) {
  const uint64_t revision = change.revision();
  change.clear_revision();
  return {.key = agency_change_key(change.agency().id()),
          .value = change.SerializeAsString(),
          .expected_revision = revision};
}

Write deletion_of(const v1::AgencyChange& change) {
  return {
      .key = agency_change_key(change.agency().id()), .value = std::nullopt, .expected_revision = change.revision()};
}

}  // namespace

bool Administration::has_approved(const std::string& agency_id) const {
  for (const auto& [id, stored] : registry_->live_warrants()) {
    const v1::Warrant& warrant = stored.warrant();
    if (warrant.agency_id() == agency_id && warrant.state() != v1::WARRANT_STATE_FILED) return true;
  }
  return false;
}

Status Administration::check_one_suffices(const v1::Agency& before, const v1::Agency& after) const {
  if (!options_.policy.four_eyes || !has_approved(before.id())) return absl::OkStatus();
  const std::vector<std::string> fields = guarded_changes(before, after);
  if (fields.empty()) return absl::OkStatus();
  Violations violations;
  for (const std::string& field : fields)
    violations.add("agency." + field, "a warrant is on its way or in force: propose this, another person approves it");
  return violations.status(kFailedPrecondition);
}

Result<std::optional<v1::AgencyChange>> Administration::waiting_change(const std::string& agency_id) {
  const Result<std::optional<Entry>> entry = store_.get(agency_change_key(agency_id));
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return std::nullopt;
  v1::AgencyChange change;
  if (!change.ParseFromString((*entry)->value)) return absl::DataLossError("store: a change cannot be read");
  change.set_revision((*entry)->revision);
  return change;
}

Result<v1::AgencyChange> Administration::change_that_waits(const std::string& agency_id, uint64_t revision) {
  if (registry_->agency(agency_id) == nullptr) return absl::NotFoundError("id: no such agency");
  Result<std::optional<v1::AgencyChange>> waiting = waiting_change(agency_id);
  if (!waiting.ok()) return waiting.status();
  if (!waiting->has_value()) return absl::NotFoundError("id: no change of this agency waits");
  if ((*waiting)->revision() != revision)
    return refused(kAborted, "revision", "is not what waits now: look at it again");
  return **std::move(waiting);
}

Result<v1::AgencyChange> Administration::propose_agency_change(const v1::Agency& given, const Caller& caller) {
  if (Status status = check_agency(given); !status.ok()) return status;
  Act act(*this, {.action = "agency.propose", .object = given.id(), .caller = caller});
  const v1::Agency* const stored = registry_->agency(given.id());
  if (stored == nullptr) return absl::NotFoundError("agency.id: no such agency");
  if (!options_.policy.four_eyes)
    return refused(kFailedPrecondition, "agency", "policy.four_eyes is off: nothing waits, UpdateAgency takes it");
  if (given.revision() != stored->revision())
    return refused(kAborted, "agency.revision", "the agency was changed meanwhile: read it again");
  if (Status status = check_references(given, caller.desks); !status.ok()) return status;
  const Result<std::optional<v1::AgencyChange>> before = waiting_change(given.id());
  if (!before.ok()) return before.status();
  v1::AgencyChange change;
  *change.mutable_agency() = given;
  *change.mutable_proposed() = deed_of(caller, options_.legal_clock());
  const std::vector<std::string> fields = guarded_changes(*stored, given);
  change.mutable_fields()->Add(fields.begin(), fields.end());
  change.set_revision(before->has_value() ? (*before)->revision() : kMustBeAbsent);
  act.deed().fields = {{"fields", list_of(fields)}};
  const Result<uint64_t> revision = commit(act, {write_of(change)}, book_->begin());
  if (!revision.ok()) return revision.status();
  change.set_revision(*revision);
  return change;
}

Result<v1::AgencyChange> Administration::get_agency_change(const std::string& agency_id) {
  const Act act(*this);
  if (registry_->agency(agency_id) == nullptr) return absl::NotFoundError("id: no such agency");
  Result<std::optional<v1::AgencyChange>> waiting = waiting_change(agency_id);
  if (!waiting.ok()) return waiting.status();
  if (!waiting->has_value()) return absl::NotFoundError("id: no change of this agency waits");
  return **std::move(waiting);
}

Result<v1::Agency> Administration::approve_agency_change(const std::string& agency_id, uint64_t revision,
                                                         const Caller& caller) {
  Act act(*this, {.action = "agency.approve", .object = agency_id, .caller = caller});
  const Result<v1::AgencyChange> change = change_that_waits(agency_id, revision);
  if (!change.ok()) return change.status();
  if (caller.person.empty() || caller.person == change->proposed().person())
    return absl::PermissionDeniedError("has proposed it: another person has to approve it");
  const v1::Agency& stored = *registry_->agency(agency_id);
  if (change->agency().revision() != stored.revision())
    return refused(kAborted, "agency.revision", "the agency was changed meanwhile: it has to be proposed again");
  if (Status status = check_agency(change->agency()); !status.ok()) return status;
  act.deed().fields = {{"fields", list_of({change->fields().begin(), change->fields().end()})},
                       {"proposed_by", change->proposed().person()}};
  return put_agency(act, change->agency(), {deletion_of(*change)});
}

Status Administration::reject_agency_change(const std::string& agency_id, uint64_t revision, const Caller& caller) {
  Act act(*this, {.action = "agency.reject", .object = agency_id, .caller = caller});
  const Result<v1::AgencyChange> change = change_that_waits(agency_id, revision);
  if (!change.ok()) return change.status();
  return commit(act, {deletion_of(*change)}, book_->begin()).status();
}

Result<std::vector<Write>> Administration::forget_change(const std::string& agency_id) {
  const Result<std::optional<v1::AgencyChange>> waiting = waiting_change(agency_id);
  if (!waiting.ok()) return waiting.status();
  std::vector<Write> writes;
  if (waiting->has_value()) writes.push_back(deletion_of(**waiting));
  return writes;
}

}  // namespace lictor::control
