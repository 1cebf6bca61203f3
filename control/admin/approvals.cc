// What takes a second person: a warrant is submitted, looked at, approved or rejected; what was reduced is reviewed.
#include <fmt/format.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/warrant_parts.h"
#include "control/fleet/order.h"
#include "control/registry/blind_entry.h"
#include "control/registry/change_rules.h"
#include "control/registry/flow_selector.h"
#include "control/registry/selector.h"
#include "control/registry/target_overlap.h"
#include "control/registry/target_rules.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr size_t kSignatureBytesMax = 1024;  // RSA with 8,192 bits
constexpr size_t kCertificateBytesMax = 65536;

// What waits for an approver, or null.
const v1::Warrant* waiting_in(const StoredWarrant& stored) {
  if (stored.warrant().has_proposed()) return &stored.warrant().proposed();
  return stored.warrant().state() == v1::WARRANT_STATE_SUBMITTED ? &stored.warrant() : nullptr;
}

Status check_waiting(const StoredWarrant& stored) {
  if (waiting_in(stored) != nullptr) return absl::OkStatus();
  return refused(kFailedPrecondition, "warrant.state",
                 fmt::format("is {}: nothing waits for approval", name_of(stored.warrant().state())));
}

Status check_revision(uint64_t given, const StoredWarrant& stored) {
  if (given == stored.warrant().revision()) return absl::OkStatus();
  return refused(absl::StatusCode::kAborted, "revision", "is not what waits now: look at it again");
}

bool is_shared(const Selector& selector, const Policy& policy) {
  if (const auto* name = std::get_if<v1::TapTarget>(&selector)) return lictor::control::is_shared(*name, policy);
  const std::optional<v1::FlowKey> flow = flow_in(selector);
  return flow && lictor::control::is_shared(flow->target(), policy);
}

}  // namespace

void Administration::submit_warrant(const std::string& id, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.submit", .object = id, .caller = caller});
  if (Status status = submit(act, id, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::submit(Act& act, const std::string& id, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id, act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  v1::Warrant& warrant = *stored->mutable_warrant();
  const LegalTime now = options_.legal_clock();
  if (warrant.state() != v1::WARRANT_STATE_FILED)
    return refused(kFailedPrecondition, "warrant.state",
                   fmt::format("is {}: only a filed warrant can be submitted", name_of(warrant.state())));
  if (warrant.order_sha256().empty())
    return refused(kFailedPrecondition, "warrant.order_sha256",
                   "missing: approval is against the order's document, which this names");
  if (window_of(warrant).end_unix_ns() <= now.unix_ns) return refused(kFailedPrecondition, "warrant.end", "is past");
  warrant.set_state(v1::WARRANT_STATE_SUBMITTED);
  *warrant.mutable_submitted() = deed_of(act.deed().caller, now);
  note_author(*stored, act.deed().caller);
  stored->clear_mismatches();
  return change_warrant(act, *std::move(stored), {}, {}, done);
}

// How many live warrants beside `id` have a target that takes packets of each of these.
std::vector<uint32_t> Administration::count_others(const std::string& id, const std::vector<Selector>& selectors,
                                                   const DeskSet& desks) const {
  std::vector<uint32_t> counts(selectors.size(), 0);
  registry_->for_each_live(desks, [&](const StoredWarrant& other) {
    if (other.warrant().id() == id) return true;
    const std::vector<Selector> theirs = selectors_of(other.warrant());
    for (size_t i = 0; i < selectors.size(); ++i)
      if (takes_any(selectors[i], theirs)) ++counts[i];
    return true;
  });
  return counts;
}

uint32_t Administration::count_tasks(const v1::Warrant& warrant) const {
  const v1::Agency* const agency = registry_->agency(warrant.agency_id());
  uint32_t tasks = 0;
  for (const auto& [id, element] : book_->elements()) {
    if (!element.attached || agency == nullptr || !is_seen_at(warrant, id)) continue;
    for (int i = 0; i < warrant.deliveries_size(); ++i)
      if (!element.stored.lab() || is_lab_delivery(warrant, i, *agency)) ++tasks;
  }
  return tasks;
}

Result<v1::PreviewWarrantReply> Administration::preview_warrant(const std::string& id, const Caller& caller) {
  const Act act(*this);
  const Result<StoredWarrant> stored = registry_->warrant(id, caller.desks);
  if (!stored.ok()) return stored.status();
  if (Status status = check_waiting(*stored); !status.ok()) return status;
  const v1::Warrant& waiting = *waiting_in(*stored);
  v1::PreviewWarrantReply reply;
  *reply.mutable_warrant() = waiting;
  const std::vector<Selector> selectors = selectors_of(waiting);
  const std::vector<uint32_t> others = count_others(id, selectors, caller.desks);
  size_t at = 0;
  for (const v1::TargetSpec& target : waiting.targets()) {
    v1::TargetPreview& preview = *reply.add_targets();
    if (is_pattern(target.selector())) continue;
    preview.set_other_warrants(others[at]);
    preview.set_shared(is_shared(selectors[at], options_.policy));
    ++at;
  }
  reply.set_tasks(count_tasks(waiting));
  reply.set_order(order_of(*stored, waiting));
  reply.set_revision(stored->warrant().revision());
  reply.set_mismatches(stored->mismatches());
  if (stored->warrant().has_proposed())
    for (const std::string& field : change_of(stored->warrant(), waiting).extends) reply.add_extends(field);
  return reply;
}

std::string Administration::order_of(const StoredWarrant& stored, const v1::Warrant& waiting) const {
  const v1::Agency* const agency = registry_->agency(stored.warrant().agency_id());
  if (agency == nullptr) return "";  // its agency cannot be deleted meanwhile: check_references
  return make_order(waiting, *agency, book_->fleet().fleet_id(), stored.warrant().version() + 1);
}

void Administration::approve_warrant(const v1::ApproveWarrantRequest& given, const WarrantDone& done,
                                     const Caller& caller) {
  Act act(*this, {.action = "warrant.approve", .object = given.id(), .caller = caller});
  if (Status status = approve(act, given, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::approve(Act& act, const v1::ApproveWarrantRequest& given, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(given.id(), act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  if (Status status = check_waiting(*stored); !status.ok()) return status;
  if (Status status = check_revision(given.revision(), *stored); !status.ok()) return status;
  const Caller& caller = act.deed().caller;
  if (caller.person.empty() || is_author(*stored, caller))
    return absl::PermissionDeniedError("had a hand in what waits: another person has to approve it");
  const v1::Warrant& waiting = *waiting_in(*stored);
  if (given.order().signature().size() > kSignatureBytesMax ||
      given.order().certificate().size() > kCertificateBytesMax)
    return refused(absl::StatusCode::kInvalidArgument, "order", "its signature or certificate is too long");
  const v1::Agency* const agency = registry_->agency(stored->warrant().agency_id());
  if (agency == nullptr) return absl::InternalError("the agency of a live warrant is not there");
  std::vector<std::string> fields = disagreeing_fields(waiting, *agency, given.entry());
  if (given.has_order() && given.order().order() != order_of(*stored, waiting)) fields.emplace_back("order");
  if (!fields.empty()) return disagree(act, *std::move(stored), fields);
  if (options_.orders != nullptr)
    if (Status status =
            options_.orders->check(given.has_order() ? &given.order() : nullptr, caller, options_.legal_clock());
        !status.ok())
      return status;
  return take_approval(act, *std::move(stored), given, done);
}

// The next version, by this person: what was submitted may be activated, what was proposed is in force.
Status Administration::take_approval(Act& act, StoredWarrant stored, const v1::ApproveWarrantRequest& given,
                                     const WarrantDone& done) {
  const LegalTime now = options_.legal_clock();
  v1::Warrant& warrant = *stored.mutable_warrant();
  warrant.set_version(warrant.version() + 1);
  *warrant.mutable_approved() = deed_of(act.deed().caller, now);
  stored.clear_order();
  if (given.has_order()) *stored.mutable_order() = given.order();
  const std::set<std::string> xids = xids_of(warrant);
  if (warrant.has_proposed()) {
    const v1::Warrant proposed = warrant.proposed();
    return put_into_force(act, std::move(stored), proposed, xids, done);
  }
  const v1::Warrant checked_before = warrant;
  const WarrantContext context{.policy = options_.policy,
                               .now = now,
                               .agency = registry_->agency(warrant.agency_id()),
                               .stored = &checked_before};
  Result<CheckedWarrant> checked = check_warrant(warrant, context);
  if (!checked.ok()) return checked.status();
  warrant.set_state(v1::WARRANT_STATE_APPROVED);
  stored.clear_mismatches();
  return change_warrant(act, std::move(stored), xids, std::move(checked->warnings), done);
}

// Whoever tries again and again is guessing: the fifth time ends it. An emergency goes on waiting, and ends by itself.
Status Administration::disagree(Act& act, StoredWarrant stored, const std::vector<std::string>& fields) {
  stored.set_mismatches(stored.mismatches() + 1);
  act.deed().action = "warrant.mismatch";
  act.deed().fields = {{"fields", list_of(fields)}, {"times", std::to_string(stored.mismatches())}};
  if (stored.mismatches() >= kMismatchesMax && stored.warrant().emergency_until_unix_ns() == 0) drop_waiting(stored);
  const std::set<std::string> xids = xids_of(stored.warrant());
  if (Status status = change_warrant(act, std::move(stored), xids, {}, nullptr); !status.ok()) return status;
  act.deed() = {.action = "warrant.approve", .object = act.deed().object, .caller = act.deed().caller};
  Violations violations;
  for (const std::string& field : fields) violations.add("entry." + field, "does not agree with what waits");
  return violations.status(kFailedPrecondition);
}

void Administration::drop_waiting(StoredWarrant& stored) {
  v1::Warrant& warrant = *stored.mutable_warrant();
  if (warrant.has_proposed()) {
    forget_proposal(stored);
  } else {
    warrant.set_state(v1::WARRANT_STATE_FILED);
    warrant.clear_submitted();
    stored.clear_mismatches();
  }
}

void Administration::reject_warrant(const v1::RejectWarrantRequest& given, const WarrantDone& done,
                                    const Caller& caller) {
  Act act(*this, {.action = "warrant.reject", .object = given.id(), .caller = caller});
  if (Status status = reject(act, given, done); !status.ok()) act.later([done, status] { done(status); });
}

// What one person has started in an emergency does not outlive the other's no.
Status Administration::reject(Act& act, const v1::RejectWarrantRequest& given, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(given.id(), act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  if (Status status = check_waiting(*stored); !status.ok()) return status;
  if (Status status = check_revision(given.revision(), *stored); !status.ok()) return status;
  if (stored->warrant().emergency_until_unix_ns() != 0) {
    act.deed().room = Room::kKeptBack;
    return close(act, given.id(), v1::WARRANT_STATE_ENDED, done);
  }
  drop_waiting(*stored);
  const std::set<std::string> xids = xids_of(stored->warrant());
  return change_warrant(act, *std::move(stored), xids, {}, done);
}

void Administration::note_reduction(StoredWarrant& stored, const Caller& caller, LegalTime now) const {
  if (!options_.policy.four_eyes || stored.activated_unix_ns() == 0 || caller.person.empty()) return;
  *stored.mutable_warrant()->mutable_reduced() = deed_of(caller, now);
  stored.mutable_warrant()->clear_reviewed();
  if (std::ranges::find(stored.reducers(), caller.person) == stored.reducers().end())
    stored.add_reducers(caller.person);
}

// What waits was made of what is no more in force. An emergency stays what it is, and what waits is the rest of it.
void Administration::follow_reduction(StoredWarrant& stored, const Caller& caller) {
  v1::Warrant& warrant = *stored.mutable_warrant();
  if (warrant.emergency_until_unix_ns() == 0) return forget_proposal(stored);
  v1::Warrant rest = warrant;
  clear_outputs(rest);
  rest.set_state(v1::WARRANT_STATE_ACTIVE);
  *warrant.mutable_proposed() = std::move(rest);
  note_author(stored, caller);
}

void Administration::review_reduction(const std::string& id, const WarrantDone& done, const Caller& caller) {
  Act act(*this, {.action = "warrant.review", .object = id, .caller = caller});
  if (Status status = review(act, id, done); !status.ok()) act.later([done, status] { done(status); });
}

Status Administration::review(Act& act, const std::string& id, const WarrantDone& done) {
  Result<StoredWarrant> stored = registry_->warrant(id, act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  v1::Warrant& warrant = *stored->mutable_warrant();
  if (stored->erased_unix_ns() != 0)
    return refused(kFailedPrecondition, "warrant.state",
                   "its personal fields were erased: who reduced it is not known");
  if (!warrant.has_reduced() || warrant.has_reviewed())
    return refused(kFailedPrecondition, "warrant.reduced", "nothing waits for a review");
  const std::string& person = act.deed().caller.person;
  if (person.empty() || std::ranges::find(stored->reducers(), person) != stored->reducers().end())
    return absl::PermissionDeniedError("has reduced it: another person has to review that");
  *warrant.mutable_reviewed() = deed_of(act.deed().caller, options_.legal_clock());
  stored->clear_reducers();
  const std::set<std::string> xids = xids_of(warrant);
  return change_warrant(act, *std::move(stored), xids, {}, done);
}

// The alarms that stand for what people have to do about a warrant.
void Administration::report_warrant(const StoredWarrant& stored) {
  const v1::Warrant& warrant = stored.warrant();
  const bool is_unreviewed = stored.erased_unix_ns() == 0 && warrant.has_reduced() && !warrant.has_reviewed();
  // Who began it, and nobody else, has had it to its end.
  const bool has_lapsed = !is_live(warrant.state()) && warrant.emergency_until_unix_ns() != 0 &&
                          warrant.reduced().person() == warrant.submitted().person();
  report_warrant_alarm(warrant.id(), kReductionUnreviewed, v1::ALARM_SEVERITY_WARNING, is_unreviewed && !has_lapsed,
                       "one person has reduced or ended it; another has to review that");
  report_warrant_alarm(warrant.id(), kEmergencyUnreviewed, v1::ALARM_SEVERITY_WARNING, is_unreviewed && has_lapsed,
                       "an emergency is over that nobody else has approved; another person has to review it");
  report_warrant_alarm(warrant.id(), kApprovalMismatch, v1::ALARM_SEVERITY_WARNING, stored.mismatches() > 0,
                       "what an approver has entered does not agree with what waits");
  report_warrant_alarm(warrant.id(), kEmergencyUnapproved, v1::ALARM_SEVERITY_CRITICAL,
                       is_in_force(warrant.state()) && warrant.emergency_until_unix_ns() != 0,
                       "one person has activated it in an emergency; it ends by itself unless another approves it");
}

void Administration::report_warrant_alarm(const std::string& id, std::string_view code, v1::AlarmSeverity severity,
                                          bool stands, const char* text) {
  v1::Alarm alarm;
  alarm.set_code(std::string(code));
  alarm.set_severity(severity);
  alarm.set_destination_id("warrant/" + id);  // alarms are told apart by it
  if (!stands && !alarms_->stands(alarm)) return;
  const int64_t now = options_.legal_clock().unix_ns;
  if (stands) {
    alarm.set_raised_unix_ns(now);
    alarm.set_text(fmt::format("warrant {}: {}", id, text));
  } else {
    alarm.set_cleared_unix_ns(now);
  }
  alarms_->report(std::move(alarm));
}

}  // namespace lictor::control
