// How a run goes from step to step. What the steps are is in acceptance_steps.cc.
#include "dataplane/agent/acceptance_run.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/base/utc_text.h"

namespace lictor {
namespace {

v1::ConfirmLevel level_of(ConfirmLevel level) {
  if (level == ConfirmLevel::kWritten) return v1::CONFIRM_LEVEL_WRITTEN;
  if (level == ConfirmLevel::kTransported) return v1::CONFIRM_LEVEL_TRANSPORTED;
  return level == ConfirmLevel::kRead ? v1::CONFIRM_LEVEL_READ : v1::CONFIRM_LEVEL_ACKNOWLEDGED;
}

// The key of a task that nobody takes up again: what a crash leaves of it cannot be read, and is given up.
SharedKey random_key() {
  std::array<uint8_t, SecretKey::kBytes> octets;
  LICTOR_CHECK(getrandom(octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
  return *SecretKey::make(octets);
}

}  // namespace

AcceptanceRun::AcceptanceRun(TaskRegistry& registry, Handover& handover, AcceptancePlan plan)
    : registry_(registry), handover_(handover), plan_(std::move(plan)) {
  for (std::optional<DestinationSpec>* spec : {&plan_.mediation.hi2, &plan_.mediation.hi3})
    if (*spec) (*spec)->id += kDestinationSuffix;
  plan_.mediation.octets = plan_.id;
  plan_.mediation.spool_key = random_key();
  plan_.mediation.alarms = AlarmForm::kHi1;  // both forms have a step of their own
  report_.set_id(plan_.id);
  report_.set_state(v1::ACCEPTANCE_STATE_RUNNING);
  add_steps();
}

void AcceptanceRun::turn(LegalTime now, SocketTime socket) {
  if (over()) return;
  legal_ = now;
  look();
  if (!std::exchange(begun_, true)) return begin_step(now, socket);
  const Step& step = steps_[step_];
  if (step.done()) {
    const bool right = !step.holds || step.holds();
    return end_step(right ? v1::ACCEPTANCE_VERDICT_PASSED : v1::ACCEPTANCE_VERDICT_FAILED, step.tell(), now);
  }
  if (socket < deadline_) return;
  std::string why = "not in time";
  for (size_t side = 0; side < kSides; ++side)
    if (uses(side) && !now_[side].last_error.empty()) why += fmt::format("; HI{}: {}", side + 2, now_[side].last_error);
  end_step(v1::ACCEPTANCE_VERDICT_FAILED, why, now);
}

void AcceptanceRun::begin_step(LegalTime now, SocketTime socket) {
  const Step& step = steps_[step_];
  step_began_ = now;
  deadline_ = {socket.ns + (int64_t{plan_.step_timeout_s} * 1000 + step.extra_ms) * 1'000'000};
  before_ = now_;
  sums_before_ = sums();
  at_least_ = totals_.appended;
  phase_ = 0;
  side_done_ = {};
  if (!step.applies) return end_step(v1::ACCEPTANCE_VERDICT_SKIPPED, "the profile has nothing of the kind", now);
  if (const Status status = step.begin(); !status.ok())
    end_step(v1::ACCEPTANCE_VERDICT_FAILED, std::string(status.message()), now);
}

void AcceptanceRun::end_step(v1::AcceptanceVerdict verdict, const std::string& text, LegalTime now) {
  const Sums sums_now = sums();
  v1::AcceptanceStep& told = *report_.add_steps();
  told.set_name(steps_[step_].name);
  told.set_verdict(verdict);
  told.set_started(utc_text(step_began_.unix_ns, TimeDigits::kMilliseconds));
  told.set_ended(utc_text(now.unix_ns, TimeDigits::kMilliseconds));
  told.set_text(text);
  told.set_records(grown(sums_before_.appended, sums_now.appended));
  told.set_records_confirmed(grown(sums_before_.confirmed, sums_now.confirmed));
  told.set_records_resent(grown(sums_before_.resent, sums_now.resent));
  told.set_keepalives_sent(grown(sums_before_.asked, sums_now.asked));
  told.set_keepalives_answered(grown(sums_before_.answered, sums_now.answered));
  told.set_connects(grown(sums_before_.connects, sums_now.connects));
  changed_ = true;
  disturb({});
  const bool failed = verdict == v1::ACCEPTANCE_VERDICT_FAILED;
  failed_ |= failed;
  const bool ends = failed && steps_[step_].failure == Failure::kEndsTheRun;
  begun_ = false;
  if (++step_ < steps_.size() && !ends) return;
  skip_rest(now);
  conclude(now);
}

void AcceptanceRun::skip_rest(LegalTime now) {
  for (; step_ < steps_.size(); ++step_) {
    v1::AcceptanceStep& told = *report_.add_steps();
    told.set_name(steps_[step_].name);
    told.set_verdict(v1::ACCEPTANCE_VERDICT_SKIPPED);
    told.set_started(utc_text(now.unix_ns, TimeDigits::kMilliseconds));
    told.set_ended(utc_text(now.unix_ns, TimeDigits::kMilliseconds));
    told.set_text("a step before it has failed");
  }
}

void AcceptanceRun::conclude(LegalTime now) {
  if (failed_) withdraw(true, now);
  write_interfaces();
  report_.set_state(failed_ ? v1::ACCEPTANCE_STATE_FAILED : v1::ACCEPTANCE_STATE_PASSED);
}

void AcceptanceRun::stop(const std::string& reason, LegalTime now) {
  if (over()) return;
  disturb({});
  withdraw(true, now);
  write_interfaces();
  report_.set_state(v1::ACCEPTANCE_STATE_STOPPED);
  report_.set_reason(reason);
  changed_ = true;
}

void AcceptanceRun::withdraw(bool revoked, LegalTime now) {
  const Status done = registry_.apply(WithdrawalDirective{.xid = plan_.mediation.xid, .revoked = revoked});
  LICTOR_CHECK(done.ok());  // nothing keeps a task from ending
  registry_.commit(now);
}

void AcceptanceRun::write_interfaces() {
  report_.clear_interfaces();
  for (size_t side = 0; side < kSides; ++side) {
    if (!uses(side)) continue;
    v1::AcceptanceInterface& interface = *report_.add_interfaces();
    interface.set_interface(side == 0 ? v1::HANDOVER_INTERFACE_HI2 : v1::HANDOVER_INTERFACE_HI3);
    interface.set_confirm_asked(level_of(plan_.mediation.confirm.level));
    if (now_[side].connects > 0) interface.set_confirm_works(level_of(works(side)));
    interface.set_last_error(now_[side].last_error);
  }
}

// Who is gone is remembered as it was last.
void AcceptanceRun::look() {
  if (const std::optional<TaskView> view = registry_.view(plan_.mediation.xid)) {
    totals_ = view->records;
    report_of_task_ = view->report;
  }
  commands_done_ = registry_.commands_done(plan_.mediation.xid);
  for (const HandoverSide side : {HandoverSide::kHi2, HandoverSide::kHi3}) {
    const std::optional<DestinationSpec>& spec = side == HandoverSide::kHi2 ? plan_.mediation.hi2 : plan_.mediation.hi3;
    if (!spec) continue;
    // Of the connection that is disturbed: another run of the agency has its own.
    std::optional<DestinationStatistics> one = handover_.statistics_of(spec->id, side, plan_.mediation.xid);
    if (one) now_[static_cast<size_t>(side)] = *std::move(one);
  }
}

AcceptanceRun::Sums AcceptanceRun::sums() const {
  Sums sums{.appended = totals_.appended, .confirmed = totals_.confirmed};
  for (const DestinationStatistics& one : now_) {
    sums.resent += one.resent_records;
    sums.asked += one.keepalives_sent;
    sums.answered += one.keepalives_answered;
    sums.connects += one.connects;
  }
  return sums;
}

bool AcceptanceRun::connected() const {
  return on_each_side([](const DestinationStatistics& now, const DestinationStatistics&) { return now.connected; });
}

bool AcceptanceRun::settled() const {
  return commands_done_ && totals_.appended >= at_least_ && totals_.in_spool == 0 && totals_.in_rings == 0;
}

int64_t AcceptanceRun::confirm_ms() const {
  return int64_t{plan_.mediation.confirm.interval_ms} + plan_.mediation.keepalive.wait_ms;
}

ConfirmLevel AcceptanceRun::works(size_t side) const {
  const bool acknowledges = now_[side].confirm_level == ConfirmLevel::kAcknowledged;
  if (acknowledges && now_[side].acknowledgements > 0) return ConfirmLevel::kAcknowledged;
  if (answers_ && now_[side].confirm_shortfall != ConfirmShortfall::kNoKeepaliveResponse) return ConfirmLevel::kRead;
  return now_[side].confirmed_bytes > 0 ? ConfirmLevel::kTransported : ConfirmLevel::kWritten;
}

void AcceptanceRun::disturb(HandoverSide side, Disturbance disturbance) {
  const std::optional<DestinationSpec>& spec = side == HandoverSide::kHi2 ? plan_.mediation.hi2 : plan_.mediation.hi3;
  if (spec) handover_.disturb(spec->id, side, plan_.mediation.xid, disturbance);
}

void AcceptanceRun::disturb(Disturbance disturbance) {
  for (const HandoverSide side : {HandoverSide::kHi2, HandoverSide::kHi3}) disturb(side, disturbance);
}

}  // namespace lictor
