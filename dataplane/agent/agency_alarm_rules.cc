#include "dataplane/agent/agency_alarm_rules.h"

#include <fmt/format.h>

namespace lictor {
namespace {

constexpr uint32_t kAgeMaxS = 604'800;  // a week

}  // namespace

Status read_agency_alarms(const v1::AgencyAlarmProfile& from, MediationDirective& mediation) {
  switch (from.form()) {
    case v1::AGENCY_ALARM_FORM_UNSPECIFIED:
    case v1::AGENCY_ALARM_FORM_HI1:
      mediation.alarms = AlarmForm::kHi1;
      break;
    case v1::AGENCY_ALARM_FORM_MESSAGE:
      mediation.alarms = AlarmForm::kMessage;
      break;
    case v1::AGENCY_ALARM_FORM_BOTH:
      mediation.alarms = AlarmForm::kBoth;
      break;
    case v1::AGENCY_ALARM_FORM_OFF:
      mediation.alarms = AlarmForm::kOff;
      break;
    default:
      return absl::InvalidArgumentError("mediation.profile.agency_alarms.form: is not known");
  }
  mediation.backlog = {
      .records = from.backlog_records(), .bytes = uint64_t{from.backlog_mib()} << 20, .age_s = from.backlog_age_s()};
  if (from.backlog_age_s() <= kAgeMaxS) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("mediation.profile.agency_alarms.backlog_age_s: must be at most {}", kAgeMaxS));
}

}  // namespace lictor
