// Warrants change. With policy.four_eyes, what extends one in force waits in `proposed` for a second person while the
// version in force stays; what reduces it acts at once and waits for a review.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/payload_key_change.h"
#include "control/admin/scope_warnings.h"
#include "control/admin/warrant_parts.h"
#include "control/registry/change_rules.h"
#include "control/registry/uuid.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr const char* kWaits = "it waits for another person's approval; until then the version in force stays";

}  // namespace

void Administration::modify_warrant(const v1::Warrant& given, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.modify", .object = given.id(), .caller = caller});
  if (Status status = modify(act, given, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::modify(Act& act, const v1::Warrant& given, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(given.id(), act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  const v1::Warrant& before = stored->warrant();
  const LegalTime now = options_.legal_clock();
  if (!is_live(before.state()))
    return refused(kFailedPrecondition, "warrant.state",
                   fmt::format("is {}: nothing can be changed", name_of(before.state())));
  if (given.revision() != before.revision())
    return refused(absl::StatusCode::kAborted, "warrant.revision", "the warrant was changed meanwhile: read it again");
  if (window_of(before).end_unix_ns() <= now.unix_ns)
    return refused(kFailedPrecondition, "warrant.end", "is past: the warrant cannot be prolonged any more");
  const WarrantContext context{
      .policy = options_.policy, .now = now, .agency = registry_->agency(before.agency_id()), .stored = &before};
  Result<CheckedWarrant> checked = check_warrant(given, context);
  if (!checked.ok()) return checked.status();
  const DeskSet& desks = act.deed().caller.desks;
  if (checked->warrant.desk() != before.desk() && !desks.may_file(checked->warrant.desk()))
    return refused(absl::StatusCode::kInvalidArgument, "warrant.desk", "is none of those that you are of");
  warn_of_scopes(checked->warrant, book_->elements(), checked->warnings);
  if (!is_in_force(before.state())) {
    take_back_to_draft(*stored, checked->warrant, act.deed().caller);
  } else if (const WarrantChange change = change_of(before, checked->warrant); !options_.policy.four_eyes) {
    if (!change.extends.empty() && before.state() == v1::WARRANT_STATE_ACTIVE)
      if (Status status = check_time(checked->warrant); !status.ok()) return status;
  } else {
    if (!change.extends.empty() && !change.reduces.empty())
      return refused(kFailedPrecondition, "warrant",
                     fmt::format("extends it ({}) and reduces it ({}): make two changes, first what reduces",
                                 list_of(change.extends), list_of(change.reduces)));
    if (!change.extends.empty()) return propose(act, *std::move(stored), *std::move(checked), given, change, done);
    if (!change.reduces.empty()) {
      act.deed().action = "warrant.reduce";
      act.deed().room = Room::kKeptBack;
      act.deed().fields.push_back({"reduces", list_of(change.reduces)});
      note_reduction(*stored, act.deed().caller, now);
    }
  }
  return apply_change(act, *std::move(stored), *std::move(checked), given.payload_key(), done);
}

// It was filed, submitted or approved as it was: not as it will be.
void Administration::take_back_to_draft(StoredWarrant& stored, v1::Warrant& warrant, const Caller& caller) {
  warrant.set_state(v1::WARRANT_STATE_FILED);
  warrant.clear_submitted();
  warrant.clear_approved();
  stored.clear_order();
  stored.clear_mismatches();
  note_author(stored, caller);
}

Status Administration::apply_change(Act& act, StoredWarrant stored, CheckedWarrant checked,
                                    const std::string& payload_key, const WarrantDone& done) {
  const v1::Warrant before = stored.warrant();
  v1::Warrant& warrant = checked.warrant;
  PayloadKeyChange keys(*this);
  if (Status status = keys.take(before.id(), payload_key, *registry_->agency(before.agency_id())); !status.ok())
    return status;
  keys.warn(checked.warnings);
  if (is_in_force(warrant.state())) {
    *warrant.mutable_window() = window_in_force(warrant);
    name_deliveries(warrant, before);
    if (keys.changes()) rename_deliveries(warrant, xids_of(before));
    if (Status status = renew_xids(warrant, *registry_->agency(before.agency_id())); !status.ok()) return status;
  }
  // What note_reduction has said of it.
  if (before.has_reduced()) *warrant.mutable_reduced() = before.reduced();
  if (!before.has_reviewed()) warrant.clear_reviewed();
  *stored.mutable_warrant() = std::move(warrant);
  if (before.has_proposed()) follow_reduction(stored, act.deed().caller);
  Status status = change_warrant(act, std::move(stored), xids_of(before), std::move(checked.warnings), done);
  if (status.ok()) keys.committed();
  return status;
}

Status Administration::propose(Act& act, StoredWarrant stored, CheckedWarrant checked, const v1::Warrant& given,
                               const WarrantChange& change, const WarrantDone& done) {
  if (!given.payload_key().empty())
    return refused(kFailedPrecondition, "warrant.payload_key", "is a change of its own: first the other, then the key");
  v1::Warrant& warrant = *stored.mutable_warrant();
  const bool is_emergency = warrant.emergency_until_unix_ns() != 0;
  if (warrant.has_proposed() && !is_emergency)
    return refused(kFailedPrecondition, "warrant.proposed",
                   "a change waits already: it has to be approved or rejected first");
  v1::Warrant proposed = std::move(checked.warrant);
  clear_outputs(proposed);
  proposed.set_state(warrant.state());
  *warrant.mutable_proposed() = std::move(proposed);
  *warrant.mutable_submitted() = deed_of(act.deed().caller, options_.legal_clock());
  if (is_emergency)
    note_author(stored, act.deed().caller);
  else
    begin_proposal(stored, act.deed().caller);
  act.deed().action = "warrant.propose";
  act.deed().fields.push_back({"extends", list_of(change.extends)});
  checked.warnings.emplace_back(kWaits);
  const std::set<std::string> xids = xids_of(stored.warrant());
  return change_warrant(act, std::move(stored), xids, std::move(checked.warnings), done);
}

void Administration::suspend_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.suspend", .object = id, .caller = caller, .room = Room::kKeptBack});
  if (Status status = suspend(act, id, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::suspend(Act& act, const std::string& id, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id, act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  v1::Warrant& warrant = *stored->mutable_warrant();
  if (warrant.state() != v1::WARRANT_STATE_ACTIVE)
    return refused(kFailedPrecondition, "warrant.state",
                   fmt::format("is {}: only an active warrant can be suspended", name_of(warrant.state())));
  warrant.set_state(v1::WARRANT_STATE_SUSPENDED);
  note_reduction(*stored, act.deed().caller, options_.legal_clock());
  if (warrant.has_proposed()) follow_reduction(*stored, act.deed().caller);
  const std::set<std::string> xids = xids_of(warrant);
  return change_warrant(act, *std::move(stored), xids, {}, done);
}

void Administration::resume_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.resume", .object = id, .caller = caller});
  if (Status status = resume(act, id, done); !status.ok()) act.later([done, status] { done(status); });
}

// By one person where policy lets one: else what is proposed is that it is active again.
Status Administration::resume(Act& act, const std::string& id, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id, act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  v1::Warrant& warrant = *stored->mutable_warrant();
  if (warrant.state() != v1::WARRANT_STATE_SUSPENDED)
    return refused(kFailedPrecondition, "warrant.state",
                   fmt::format("is {}: only a suspended warrant can be resumed", name_of(warrant.state())));
  if (warrant.has_proposed())
    return refused(kFailedPrecondition, "warrant.proposed",
                   "a change waits already: it has to be approved or rejected first");
  v1::Warrant again = warrant;
  clear_outputs(again);
  again.set_state(v1::WARRANT_STATE_ACTIVE);
  if (!options_.policy.four_eyes) {
    const std::set<std::string> xids = xids_of(warrant);
    return put_into_force(act, *std::move(stored), again, xids, done);
  }
  *warrant.mutable_proposed() = std::move(again);
  *warrant.mutable_submitted() = deed_of(act.deed().caller, options_.legal_clock());
  begin_proposal(*stored, act.deed().caller);
  const std::set<std::string> xids = xids_of(warrant);
  return change_warrant(act, *std::move(stored), xids, {kWaits}, done);
}

// `next`: what was proposed, without what only lictord writes, but in the state that it is to have.
Status Administration::put_into_force(Act& act, StoredWarrant stored, v1::Warrant next,
                                      const std::set<std::string>& xids, const WarrantDone& done) {
  const v1::Warrant before = stored.warrant();
  const v1::WarrantState state = next.state();
  keep_outputs(next, &before);
  const v1::Agency* const agency = registry_->agency(before.agency_id());
  // By today's policy and agency: it was checked when it was proposed.
  const WarrantContext context{
      .policy = options_.policy, .now = options_.legal_clock(), .agency = agency, .stored = &before};
  Result<CheckedWarrant> checked = check_warrant(next, context);
  if (!checked.ok()) return checked.status();
  warn_of_scopes(next, book_->elements(), checked->warnings);
  next.set_state(state);
  next.clear_emergency_until_unix_ns();
  *next.mutable_window() = window_in_force(next);
  if (state == v1::WARRANT_STATE_ACTIVE)
    if (Status status = check_time(next); !status.ok()) return status;
  name_deliveries(next, before);
  if (Status status = renew_xids(next, *agency); !status.ok()) return status;
  PayloadKeyChange keys(*this);
  if (Status status = keys.need(before.id(), *agency); !status.ok()) return status;
  keys.warn(checked->warnings);
  *stored.mutable_warrant() = std::move(next);
  forget_proposal(stored);
  Status status = change_warrant(act, std::move(stored), xids, std::move(checked->warnings), done);
  if (status.ok()) keys.committed();
  return status;
}

Status Administration::change_warrant(Act& act, StoredWarrant stored, const std::set<std::string>& xids_before,
                                      std::vector<std::string> warnings, const WarrantDone& done) {
  FleetPlan plan = book_->begin();
  if (stored.warrant().state() == v1::WARRANT_STATE_ACTIVE) give_way(act, stored.warrant().agency_id());
  const v1::Agency* agency = registry_->agency(stored.warrant().agency_id());
  if (Status status = book_->plan_warrant(plan, stored.warrant(), agency, xids_before, options_.legal_clock(),
                                          FleetBook::order_of(stored));
      !status.ok())
    return status;
  std::vector<Write> writes = {Registry::write_of(stored)};
  if (Status status = describe(act.deed(), stored.warrant(), writes); !status.ok()) return status;
  if (Status status = keep_former(act.deed(), stored.warrant(), writes); !status.ok()) return status;
  const Result<uint64_t> revision = commit(act, std::move(writes), plan);
  if (!revision.ok()) return revision.status();
  registry_->committed(stored, *revision);
  report_warrant(stored);
  end_sessions(act, stored.warrant(), xids_before);
  spdlog::info("warrant {} is {}, {} dataplanes told", stored.warrant().id(), name_of(stored.warrant().state()),
               plan.issued.size());
  for (const std::string& id : plan.withheld)
    warnings.push_back(
        fmt::format("dataplane {} is in lab mode and is not told: a destination is not marked as lab", id));
  const auto reply = std::make_shared<v1::WarrantReply>();  // answered once: what calls it may be copied, this is not
  *reply->mutable_warrant() = std::move(*stored.mutable_warrant());
  reply->mutable_warrant()->set_revision(*revision);
  reply->mutable_warnings()->Add(warnings.begin(), warnings.end());
  const SocketTime deadline{options_.socket_clock().ns + options_.acknowledge_wait_ns};
  acknowledgements_.expect(plan.issued, deadline, [this, reply, done, caller = act.deed().caller](const auto& outcome) {
    reply->set_dataplanes_told(outcome.told);
    reply->set_dataplanes_acknowledged(outcome.acknowledged);
    for (const auto& [id, reason] : outcome.refusals)
      reply->add_warnings(fmt::format("dataplane {} refuses it: {}", id, reason_for(caller, reason)));
    if (done) done(std::move(*reply));
  });
  return absl::OkStatus();
}

// Of taps that no dataplane shall have any more, also where one that owns some is away.
void Administration::end_sessions(Act& act, const v1::Warrant& warrant, const std::set<std::string>& xids_before) {
  std::set<std::string> over = xids_before;
  if (warrant.state() == v1::WARRANT_STATE_ACTIVE)
    for (const std::string& xid : warrant.xids()) over.erase(xid);
  for (const std::string& xid : over)
    if (const Result<Xid> id = parse_uuid(xid); id.ok())
      act.later([this, octets = std::string(as_text(Bytes(id->octets)))] { relay_.end(octets); });
}

Status Administration::renew_xids(v1::Warrant& warrant, const v1::Agency& agency) const {
  const Result<std::set<std::string>> spent = book_->spent_xids(warrant, agency, options_.legal_clock());
  if (spent.ok()) rename_deliveries(warrant, *spent);
  return spent.status();
}

Status Administration::renew_xids_at(Act& act, const std::string& element_id, bool lab, uint64_t sent) {
  const std::map<std::string, StoredWarrant> live = registry_->live_warrants();  // a copy: it changes below
  const Deed deed = act.deed();
  for (const auto& [id, before] : live) {
    const v1::Agency* agency = registry_->agency(before.warrant().agency_id());
    if (agency == nullptr) continue;
    const Result<std::set<std::string>> spent =
        book_->spent_xids(before.warrant(), *agency, element_id, lab, sent, options_.legal_clock());
    if (!spent.ok()) return spent.status();
    if (spent->empty()) continue;
    StoredWarrant after = before;
    rename_deliveries(*after.mutable_warrant(), *spent);
    act.deed() = {.action = "warrant.renew", .object = id};
    const Status status = change_warrant(act, after, xids_of(before.warrant()), {}, nullptr);
    act.deed() = deed;
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace lictor::control
