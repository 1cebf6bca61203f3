// The acts on warrants and their life: FILED -> ACTIVE -> ENDED, EXPIRED or REVOKED.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/payload_key_change.h"
#include "control/admin/scope_warnings.h"
#include "control/registry/acceptance_rules.h"
#include "control/registry/hex.h"
#include "control/registry/keys.h"
#include "control/registry/liid.h"
#include "control/registry/text_rules.h"
#include "control/registry/time_text.h"
#include "control/registry/uuid.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

// "ACTIVE" of WARRANT_STATE_ACTIVE.
std::string name_of(v1::WarrantState state) {
  return v1::WarrantState_Name(state).substr(sizeof("WARRANT_STATE_") - 1);
}

std::set<std::string> xids_of(const v1::Warrant& warrant) { return {warrant.xids().begin(), warrant.xids().end()}; }

// Whether both go to the same destinations: how fast is no matter of who they are.
bool is_same(const v1::Delivery& a, const v1::Delivery& b) {
  return a.hi2_destination_id() == b.hi2_destination_id() && a.hi3_destination_id() == b.hi3_destination_id();
}

// A delivery that stays keeps its XID, so that its numbering goes on; a new one gets a new XID.
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

// What the account says of a warrant: nothing that names whom it is about.
std::vector<AuditField> fields_of(const v1::Warrant& warrant) {
  return {{"agency", warrant.agency_id()},
          {"state", name_of(warrant.state())},
          {"start", warrant.start()},
          {"end", warrant.end()},
          {"targets", std::to_string(warrant.targets_size())}};
}

bool may_close(v1::WarrantState from, v1::WarrantState to) {
  if (is_live(from)) return true;
  // What was ended may still wait for delivery: annulling the order purges that.
  return to == v1::WARRANT_STATE_REVOKED && (from == v1::WARRANT_STATE_ENDED || from == v1::WARRANT_STATE_EXPIRED);
}

}  // namespace

Result<v1::WarrantReply> Administration::create_warrant(const v1::Warrant& given, const Caller& caller) {
  Act act(*this, {.action = "warrant.create", .caller = caller});
  const LegalTime now = options_.legal_clock();
  const WarrantContext context{
      .policy = options_.policy, .now = now, .agency = registry_->agency(given.agency_id()), .stored = nullptr};
  Result<CheckedWarrant> checked = check_warrant(given, context);
  if (!checked.ok()) return checked.status();
  warn_of_scopes(given, book_->elements(), checked->warnings);
  StoredWarrant stored;
  *stored.mutable_warrant() = checked->warrant;
  stored.mutable_warrant()->set_id(make_random_uuid().to_string());
  stored.mutable_warrant()->set_state(v1::WARRANT_STATE_FILED);
  stored.set_filed_unix_ns(now.unix_ns);
  const Write liid{.key = liid_key(given.agency_id(), hex_of(*parse_liid(given.liid()))),
                   .value = stored.warrant().id(),
                   .expected_revision = kMustBeAbsent};
  const Result<std::optional<Entry>> used = store_.get(liid.key);
  if (!used.ok()) return used.status();
  if (used->has_value())
    return refused(absl::StatusCode::kAlreadyExists, "warrant.liid", "was used before in this agency");
  if (*parse_liid(given.liid()) == *parse_liid(test_liid(*context.agency)))
    return refused(absl::StatusCode::kInvalidArgument, "warrant.liid", "is the agency's LIID for acceptance tests");
  PayloadKeyChange keys(*this);
  if (Status status = keys.take(stored.warrant().id(), given.payload_key(), *context.agency); !status.ok())
    return status;
  act.deed().object = stored.warrant().id();
  act.deed().fields = fields_of(stored.warrant());
  const Result<uint64_t> revision = commit(act, {Registry::write_of(stored), liid}, book_->begin());
  if (!revision.ok()) return revision.status();
  keys.committed();
  registry_->committed(stored, *revision);
  spdlog::info("warrant {} filed", stored.warrant().id());
  v1::WarrantReply reply;
  *reply.mutable_warrant() = registry_->live_warrants().at(stored.warrant().id()).warrant();
  keys.warn(checked->warnings);
  reply.mutable_warnings()->Add(checked->warnings.begin(), checked->warnings.end());
  return reply;
}

Result<v1::WarrantReply> Administration::get_warrant(const std::string& id) {
  const Act act(*this);
  const Result<StoredWarrant> stored = registry_->warrant(id);
  if (!stored.ok()) return stored.status();
  v1::WarrantReply reply;
  *reply.mutable_warrant() = stored->warrant();
  return reply;
}

Result<v1::ListWarrantsReply> Administration::list_warrants(const v1::ListWarrantsRequest& request) {
  Violations violations;
  violations.expect(request.page_size() <= kPageSizeMax, "page_size", fmt::format("at most {}", kPageSizeMax));
  violations.expect(request.page_token().empty() || is_uuid(request.page_token()), "page_token", "is none of ours");
  violations.expect(v1::WarrantState_IsValid(request.state()), "state", "unknown value");
  violations.expect(request.agency_id().empty() || is_agency_id(request.agency_id()), "agency_id",
                    "must be 1 to 63 of a-z 0-9 -");
  if (Status status = violations.status(); !status.ok()) return status;
  const size_t page_size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  const Act act(*this);
  const Result<WarrantPage> page =
      registry_->list_warrants(request.agency_id(), request.state(), page_size, request.page_token());
  if (!page.ok()) return page.status();
  v1::ListWarrantsReply reply;
  for (const v1::Warrant& warrant : page->warrants) *reply.add_warrants() = warrant;
  reply.set_next_page_token(page->next);
  return reply;
}

Status Administration::change_warrant(Act& act, StoredWarrant stored, const std::set<std::string>& xids_before,
                                      std::vector<std::string> warnings, const WarrantDone& done) {
  FleetPlan plan = book_->begin();
  if (stored.warrant().state() == v1::WARRANT_STATE_ACTIVE) give_way(act, stored.warrant().agency_id());
  const v1::Agency* agency = registry_->agency(stored.warrant().agency_id());
  if (Status status = book_->plan_warrant(plan, stored.warrant(), agency, xids_before, options_.legal_clock());
      !status.ok())
    return status;
  act.deed().fields = fields_of(stored.warrant());
  const Result<uint64_t> revision = commit(act, {Registry::write_of(stored)}, plan);
  if (!revision.ok()) return revision.status();
  registry_->committed(stored, *revision);
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
  acknowledgements_.expect(plan.issued, deadline, [reply, done](const Acknowledgements::Outcome& outcome) {
    reply->set_dataplanes_told(outcome.told);
    reply->set_dataplanes_acknowledged(outcome.acknowledged);
    for (const auto& [id, reason] : outcome.refusals)
      reply->add_warnings(fmt::format("dataplane {} refuses it: {}", id, reason));
    if (done) done(std::move(*reply));
  });
  return absl::OkStatus();
}

Status Administration::renew_xids(v1::Warrant& warrant, const v1::Agency& agency) const {
  const Result<std::set<std::string>> spent = book_->spent_xids(warrant, agency, options_.legal_clock());
  if (spent.ok()) rename_deliveries(warrant, *spent);
  return spent.status();
}

Status Administration::renew_xids_at(Act& act, const v1::Hello& hello) {
  const NetworkElement* element = book_->element(hello.network_element_id());
  if (element == nullptr || element->stored.incarnation() != hello.incarnation()) return absl::OkStatus();
  const std::map<std::string, StoredWarrant> live = registry_->live_warrants();  // a copy: it changes below
  const Deed attaching = act.deed();
  for (const auto& [id, before] : live) {
    const v1::Agency* agency = registry_->agency(before.warrant().agency_id());
    if (agency == nullptr) continue;
    const Result<std::set<std::string>> spent =
        book_->spent_xids(before.warrant(), *agency, hello.network_element_id(), hello.lab(), hello.resume_generation(),
                          options_.legal_clock());
    if (!spent.ok()) return spent.status();
    if (spent->empty()) continue;
    StoredWarrant after = before;
    rename_deliveries(*after.mutable_warrant(), *spent);
    act.deed() = {.action = "warrant.renew", .object = id};
    const Status status = change_warrant(act, after, xids_of(before.warrant()), {}, nullptr);
    act.deed() = attaching;
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void Administration::activate_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.activate", .object = id, .caller = caller});
  if (Status status = activate(act, id, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::activate(Act& act, const std::string& id, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id);
  if (!stored.ok()) return stored.status();
  v1::Warrant& warrant = *stored->mutable_warrant();
  if (warrant.state() != v1::WARRANT_STATE_FILED)
    return refused(kFailedPrecondition, "warrant.state",
                   fmt::format("is {}: only a filed warrant can be activated", name_of(warrant.state())));
  const LegalTime now = options_.legal_clock();
  v1::Window window = window_of(warrant);
  if (window.end_unix_ns() <= now.unix_ns) return refused(kFailedPrecondition, "warrant.end", "is past");
  // By today's policy and agency: the warrant was checked when it was filed, maybe under another configuration.
  const WarrantContext context{
      .policy = options_.policy, .now = now, .agency = registry_->agency(warrant.agency_id()), .stored = &warrant};
  Result<CheckedWarrant> checked = check_warrant(warrant, context);
  if (!checked.ok()) return checked.status();
  warn_of_scopes(warrant, book_->elements(), checked->warnings);
  window.set_start_unix_ns(std::max(window.start_unix_ns(), now.unix_ns));
  *warrant.mutable_window() = window;
  warrant.set_start(format_time({window.start_unix_ns()}));
  warrant.set_state(v1::WARRANT_STATE_ACTIVE);
  name_deliveries(warrant, {});
  stored->set_activated_unix_ns(now.unix_ns);
  PayloadKeyChange keys(*this);
  if (Status status = keys.need(id, *context.agency); !status.ok()) return status;
  keys.warn(checked->warnings);
  Status status = change_warrant(act, *std::move(stored), {}, std::move(checked->warnings), done);
  if (status.ok()) keys.committed();
  return status;
}

void Administration::modify_warrant(const v1::Warrant& given, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.modify", .object = given.id(), .caller = caller});
  if (Status status = modify(act, given, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::modify(Act& act, const v1::Warrant& given, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(given.id());
  if (!stored.ok()) return stored.status();
  const v1::Warrant before = stored->warrant();
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
  v1::Warrant& warrant = checked->warrant;
  warn_of_scopes(warrant, book_->elements(), checked->warnings);
  PayloadKeyChange keys(*this);
  if (Status status = keys.take(before.id(), given.payload_key(), *context.agency); !status.ok()) return status;
  keys.warn(checked->warnings);
  if (warrant.state() == v1::WARRANT_STATE_ACTIVE) {
    *warrant.mutable_window() = window_of(warrant);
    name_deliveries(warrant, before);
    if (keys.changes()) rename_deliveries(warrant, xids_of(before));
    if (Status status = renew_xids(warrant, *registry_->agency(before.agency_id())); !status.ok()) return status;
  }
  *stored->mutable_warrant() = std::move(warrant);
  Status status = change_warrant(act, *std::move(stored), xids_of(before), std::move(checked->warnings), done);
  if (status.ok()) keys.committed();
  return status;
}

void Administration::end_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  close_and_answer({.action = "warrant.end", .object = id, .caller = caller}, v1::WARRANT_STATE_ENDED, done);
}

void Administration::revoke_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  close_and_answer({.action = "warrant.revoke", .object = id, .caller = caller}, v1::WARRANT_STATE_REVOKED, done);
}

void Administration::close_and_answer(Deed deed, v1::WarrantState state, const WarrantDone& done) {
  const std::string id = deed.object;
  Act act(*this, std::move(deed));
  if (Status status = close(act, id, state, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::close(Act& act, const std::string& id, v1::WarrantState state, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id);
  if (!stored.ok()) return stored.status();
  const v1::WarrantState before = stored->warrant().state();
  if (!may_close(before, state))
    return refused(kFailedPrecondition, "warrant.state", fmt::format("is {} already", name_of(before)));
  stored->mutable_warrant()->set_state(state);
  stored->set_closed_unix_ns(options_.legal_clock().unix_ns);
  // Of a warrant that was never in force nothing is encrypted.
  const bool has_no_use = state == v1::WARRANT_STATE_REVOKED || stored->activated_unix_ns() == 0;
  const std::set<std::string> xids = xids_of(stored->warrant());
  const Status changed = change_warrant(act, *std::move(stored), xids, {}, done);
  if (changed.ok() && state == v1::WARRANT_STATE_REVOKED)
    for (const std::string& xid : xids) erase_key(xid);
  if (changed.ok() && has_no_use) erase_payload_key(id);
  return changed;
}

}  // namespace lictor::control
