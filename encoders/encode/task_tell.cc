// What a task says beside its records: losses, alarms, operators' messages.
#include <fmt/format.h>

#include <utility>

#include "dataplane/base/utc_text.h"
#include "encoders/encode/task_runner.h"

namespace lictor {
namespace {

// TS 102 232-1 bounds the text of an HI1 alarm.
constexpr size_t kAlarmTextMax = 256;
constexpr size_t kMessageTextMax = 255;  // and that of an operator's message

}  // namespace

bool TaskRunner::alarm(const std::string& text, LegalTime now) {
  if (phase_ != Phase::kActive || text.empty()) return false;
  tell(text, now);
  reckon_due();
  return true;
}

bool TaskRunner::message(EventKind kind, const std::string& text, LegalTime now) {
  if (phase_ != Phase::kActive || text.empty() || task_->hi2 == nullptr) return false;
  enqueue(kind, RecordKind::kIri, now, text.substr(0, kMessageTextMax));
  reckon_due();
  return true;
}

// In the agency's form.
void TaskRunner::tell(const std::string& text, LegalTime now) {
  const AlarmForm form = task_->alarms;
  if (form == AlarmForm::kHi1 || form == AlarmForm::kBoth)
    enqueue(EventKind::kAlarm, RecordKind::kHi1, now, text.substr(0, kAlarmTextMax));
  if (form == AlarmForm::kMessage || form == AlarmForm::kBoth)
    enqueue(EventKind::kOperatorError, RecordKind::kIri, now, text.substr(0, kMessageTextMax));
}

void TaskRunner::note_lost(uint64_t count, PacketTime first, PacketTime last) {
  // Copies of several rings may come in any order.
  if (last.unix_ns < first.unix_ns) std::swap(first, last);
  if (lost_untold_agency_ == 0 || first.unix_ns < lost_first_.unix_ns) lost_first_ = first;
  if (lost_untold_agency_ == 0 || last.unix_ns > lost_last_.unix_ns) lost_last_ = last;
  lost_untold_operator_ += count;
  lost_untold_agency_ += count;
  reckon_due();
}

void TaskRunner::tell_losses(LegalTime now) {
  if (lost_untold_operator_ == 0 && lost_untold_agency_ == 0) return;
  if (now.unix_ns - told_.unix_ns < kLossReportNs) return;
  told_ = now;
  if (const uint64_t lost = std::exchange(lost_untold_operator_, 0); lost > 0) {
    alarms_.raise({.code = "records_lost",
                   .severity = AlarmSeverity::kCritical,
                   .xid = task_->xid,
                   .destination_id = {},
                   .text = fmt::format("{} records were lost before they had a number", lost),
                   .raised = now,
                   .cleared = false,
                   .count = lost});
  }
  // While HI2 is full the count goes on growing here instead of filling what waits.
  if (waiting_hi2_.size() < kWaitingReserve) tell_agency(now);
}

void TaskRunner::tell_agency(LegalTime now) {
  const uint64_t lost = std::exchange(lost_untold_agency_, 0);
  if (lost == 0) return;
  tell(fmt::format("{} content records were lost between {} and {}", lost,
                   utc_text(lost_first_.unix_ns, TimeDigits::kMilliseconds),
                   utc_text(lost_last_.unix_ns, TimeDigits::kMilliseconds)),
       now);
}

}  // namespace lictor
