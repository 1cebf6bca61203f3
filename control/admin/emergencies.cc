// Emergencies: what one person alone may begin, for some hours, and not again and again.
#include <fmt/format.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/warrant_parts.h"
#include "control/registry/target_overlap.h"
#include "control/registry/text_rules.h"
#include "control/registry/time_text.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

bool overlap(const v1::Warrant& one, const v1::Warrant& other) {
  const std::vector<Selector> theirs = selectors_of(other);
  return std::ranges::any_of(selectors_of(one), [&](const Selector& target) { return takes_any(target, theirs); });
}

// That nobody else has agreed to it yet, or ever did: an approval takes the mark away.
bool is_unapproved_emergency(const v1::Warrant& warrant) { return warrant.emergency_until_unix_ns() != 0; }

}  // namespace

void Administration::activate_emergency(const v1::ActivateEmergencyRequest& given, const WarrantDone& done,
                                        const Caller& caller) {
  Act act(*this, {.action = "warrant.emergency", .object = given.id(), .caller = caller});
  if (Status status = begin_emergency(act, given, done); !status.ok()) act.later([done, status] { done(status); });
}

// In force at once and for so long, by the window that the dataplanes enforce: it ends though this daemon is dead. What
// the warrant orders beyond that waits for the second person.
Status Administration::begin_emergency(Act& act, const v1::ActivateEmergencyRequest& given, const WarrantDone& done) {
  constexpr size_t kReasonMax = 256;
  if (!options_.policy.emergency) return refused(kFailedPrecondition, "id", "policy.emergency does not allow that");
  if (!is_text(given.reason(), 1, kReasonMax))
    return refused(absl::StatusCode::kInvalidArgument, "reason",
                   fmt::format("must be 1 to {} characters without control characters", kReasonMax));
  Result<StoredWarrant> stored = registry_->warrant(given.id(), act.deed().caller.desks);
  if (!stored.ok()) return stored.status();
  v1::Warrant& warrant = *stored->mutable_warrant();
  if (warrant.state() != v1::WARRANT_STATE_FILED && warrant.state() != v1::WARRANT_STATE_SUBMITTED)
    return refused(kFailedPrecondition, "warrant.state",
                   fmt::format("is {}: an emergency is of a warrant that waits", name_of(warrant.state())));
  if (is_test(warrant)) return refused(kFailedPrecondition, "warrant.purpose", "a test is no emergency");
  const LegalTime now = options_.legal_clock();
  if (Status status = check_no_lapse(warrant, now, act.deed().caller.desks); !status.ok()) return status;
  const int64_t until = now.unix_ns + int64_t{options_.policy.emergency_hours} * 3600 * kNanosecondsPerSecond;
  if (window_of(warrant).start_unix_ns() >= until)
    return refused(kFailedPrecondition, "warrant.start", "is behind the end of an emergency that begins now");
  // What is in force cannot begin anew with the approval of the rest.
  warrant.set_start(format_time({std::max(window_of(warrant).start_unix_ns(), now.unix_ns)}));
  v1::Warrant rest = warrant;
  clear_outputs(rest);
  rest.set_state(v1::WARRANT_STATE_ACTIVE);
  *warrant.mutable_proposed() = std::move(rest);
  *warrant.mutable_submitted() = deed_of(act.deed().caller, now);
  warrant.set_emergency_until_unix_ns(until);
  stored->set_emergency_reason(given.reason());
  note_author(*stored, act.deed().caller);
  return begin(act, *std::move(stored), now, done);
}

// A warrant is cheap: the same target under another LIID would be the next emergency. What is behind is looked for
// among the warrants of the last days; retention keeps them longer. Of other desks nothing shows.
Status Administration::check_no_lapse(const v1::Warrant& warrant, LegalTime now, const DeskSet& desks) const {
  const auto is_in_the_way = [&](const v1::Warrant& other) {
    return other.id() != warrant.id() && is_unapproved_emergency(other) && overlap(warrant, other);
  };
  const Status refusal =
      refused(kFailedPrecondition, "warrant.targets",
              fmt::format("an emergency that nobody else has approved is or was on the same target, within {} days: "
                          "this one takes another person's approval",
                          kEmergencyRestNs / (24 * 3600 * kNanosecondsPerSecond)));
  Status found;
  registry_->for_each_id(desks, {}, [&](const std::string& id) {
    const auto live = registry_->live_warrants().find(id);
    const bool is_live = live != registry_->live_warrants().end();
    if (is_live && is_in_the_way(live->second.warrant())) found = refusal;
    const auto closed = registry_->closed().find(id);
    if (is_live || closed == registry_->closed().end() || closed->second + kEmergencyRestNs <= now.unix_ns)
      return found.ok();
    const Result<StoredWarrant> stored = registry_->warrant(id);
    if (!stored.ok()) found = stored.status();
    if (stored.ok() && is_in_the_way(stored->warrant())) found = refusal;
    return found.ok();
  });
  return found;
}

// By its time, or by somebody who had a hand in it. Whoever else ended it has looked at it.
void Administration::note_lapse(StoredWarrant& stored, const Caller& caller, LegalTime now) const {
  v1::Warrant& warrant = *stored.mutable_warrant();
  if (!options_.policy.four_eyes || stored.activated_unix_ns() == 0 || !is_unapproved_emergency(warrant)) return;
  if (!caller.person.empty() && !is_author(stored, caller)) return;
  if (!warrant.has_reduced() || warrant.has_reviewed()) {
    *warrant.mutable_reduced() = warrant.submitted();
    warrant.mutable_reduced()->set_time_unix_ns(now.unix_ns);
    warrant.clear_reviewed();
  }
  for (const std::string& author : stored.authors())
    if (std::ranges::find(stored.reducers(), author) == stored.reducers().end()) stored.add_reducers(author);
}

}  // namespace lictor::control
