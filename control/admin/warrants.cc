// Warrants come, come into force and go. How they change meanwhile is in warrant_changes.cc, who has to agree in
// approvals.cc.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/payload_key_change.h"
#include "control/admin/scope_warnings.h"
#include "control/admin/warrant_parts.h"
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

Status check_desk(const DeskSet& desks, const std::string& desk) {
  if (desks.may_file(desk)) return absl::OkStatus();
  return refused(absl::StatusCode::kInvalidArgument, "warrant.desk", "is none of those that you are of");
}

bool may_close(v1::WarrantState from, v1::WarrantState to) {
  if (is_live(from)) return true;
  // What was ended may still wait for delivery: annulling the order purges that.
  return to == v1::WARRANT_STATE_REVOKED && (from == v1::WARRANT_STATE_ENDED || from == v1::WARRANT_STATE_EXPIRED);
}

// What was in force was so until now, whatever was ordered: that is what is certified and counted.
void close_window(v1::Window& window, LegalTime now) {
  window.set_end_unix_ns(std::min(window.end_unix_ns(), std::max(window.start_unix_ns(), now.unix_ns)));
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
  if (given.desk().empty()) stored.mutable_warrant()->set_desk(caller.desks.own());
  if (Status status = check_desk(caller.desks, stored.warrant().desk()); !status.ok()) return status;
  stored.mutable_warrant()->set_id(make_random_uuid().to_string());
  stored.mutable_warrant()->set_state(v1::WARRANT_STATE_FILED);
  stored.set_filed_unix_ns(now.unix_ns);
  *stored.mutable_warrant()->mutable_filed() = deed_of(caller, now);
  note_author(stored, caller);
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
  std::vector<Write> writes = {Registry::write_of(stored), liid};
  if (Status status = describe(act.deed(), stored.warrant(), writes); !status.ok()) return status;
  const Result<uint64_t> revision = commit(act, std::move(writes), book_->begin());
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

Result<v1::WarrantReply> Administration::get_warrant(const std::string& id, const Caller& caller) {
  const Act act(*this);
  const Result<StoredWarrant> stored = registry_->warrant(id, caller.desks);
  if (!stored.ok()) return stored.status();
  v1::WarrantReply reply;
  *reply.mutable_warrant() = stored->warrant();
  return reply;
}

Result<v1::ListWarrantsReply> Administration::list_warrants(const v1::ListWarrantsRequest& request,
                                                            const Caller& caller) {
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
      registry_->list_warrants(request.agency_id(), request.state(), page_size, request.page_token(), caller.desks);
  if (!page.ok()) return page.status();
  v1::ListWarrantsReply reply;
  for (const v1::Warrant& warrant : page->warrants) *reply.add_warrants() = warrant;
  reply.set_next_page_token(page->next);
  return reply;
}

void Administration::activate_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.activate", .object = id, .caller = caller});
  if (Status status = activate(act, id, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::check_may_begin(v1::WarrantState state) const {
  if (state == v1::WARRANT_STATE_APPROVED) return absl::OkStatus();
  const bool waits = state == v1::WARRANT_STATE_FILED || state == v1::WARRANT_STATE_SUBMITTED;
  if (waits && !options_.policy.four_eyes) return absl::OkStatus();
  return refused(kFailedPrecondition, "warrant.state",
                 fmt::format("is {}: only {} warrant can be activated", name_of(state),
                             options_.policy.four_eyes ? "an approved" : "a filed"));
}

Status Administration::activate(Act& act, const std::string& id, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id, act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  if (Status status = check_may_begin(stored->warrant().state()); !status.ok()) return status;
  forget_proposal(*stored);
  return begin(act, *std::move(stored), options_.legal_clock(), done);
}

// Without a look at who has agreed to it.
Status Administration::begin(Act& act, StoredWarrant stored, LegalTime now, const WarrantDone& done) {
  v1::Warrant& warrant = *stored.mutable_warrant();
  const std::string id = warrant.id();
  if (window_of(warrant).end_unix_ns() <= now.unix_ns) return refused(kFailedPrecondition, "warrant.end", "is past");
  if (Status status = check_time(warrant); !status.ok()) return status;
  // By today's policy and agency: the warrant was checked when it was filed, maybe under another configuration.
  const WarrantContext context{
      .policy = options_.policy, .now = now, .agency = registry_->agency(warrant.agency_id()), .stored = &warrant};
  Result<CheckedWarrant> checked = check_warrant(warrant, context);
  if (!checked.ok()) return checked.status();
  warn_of_scopes(warrant, book_->elements(), checked->warnings);
  v1::Window window = window_in_force(warrant);
  window.set_start_unix_ns(std::max(window.start_unix_ns(), now.unix_ns));
  *warrant.mutable_window() = window;
  warrant.set_start(format_time({window.start_unix_ns()}));
  warrant.set_state(v1::WARRANT_STATE_ACTIVE);
  name_deliveries(warrant, {});
  stored.set_activated_unix_ns(now.unix_ns);
  PayloadKeyChange keys(*this);
  if (Status status = keys.need(id, *context.agency); !status.ok()) return status;
  keys.warn(checked->warnings);
  Status status = change_warrant(act, std::move(stored), {}, std::move(checked->warnings), done);
  if (status.ok()) keys.committed();
  return status;
}

void Administration::end_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  close_and_answer({.action = "warrant.end", .object = id, .caller = caller, .room = Room::kKeptBack},
                   v1::WARRANT_STATE_ENDED, done);
}

void Administration::revoke_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  close_and_answer({.action = "warrant.revoke", .object = id, .caller = caller, .room = Room::kKeptBack},
                   v1::WARRANT_STATE_REVOKED, done);
}

void Administration::close_and_answer(Deed deed, v1::WarrantState state, const WarrantDone& done) {
  const std::string id = deed.object;
  Act act(*this, std::move(deed));
  if (Status status = close(act, id, state, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::close(Act& act, const std::string& id, v1::WarrantState state, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id, act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  const v1::WarrantState before = stored->warrant().state();
  if (stored->erased_unix_ns() != 0)
    return refused(kFailedPrecondition, "warrant.state", "its personal fields were erased: there is nothing to revoke");
  if (!may_close(before, state))
    return refused(kFailedPrecondition, "warrant.state", fmt::format("is {} already", name_of(before)));
  const LegalTime now = options_.legal_clock();
  stored->mutable_warrant()->set_state(state);
  stored->set_closed_unix_ns(now.unix_ns);
  if (stored->warrant().has_window()) close_window(*stored->mutable_warrant()->mutable_window(), now);
  if (state != v1::WARRANT_STATE_EXPIRED) note_reduction(*stored, act.deed().caller, now);
  note_lapse(*stored, act.deed().caller, now);
  forget_proposal(*stored);
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
