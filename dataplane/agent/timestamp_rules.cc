#include "dataplane/agent/timestamp_rules.h"

#include <string>

namespace lictor {

Status read_timestamps(const v1::DeliveryProfile& profile, EtsiTaskParameters& parameters) {
  if (!v1::TimestampForm_IsValid(profile.timestamp_form()))
    return absl::InvalidArgumentError("mediation.profile.timestamp_form: is not known");
  const bool generalized = profile.timestamp_form() == v1::TIMESTAMP_FORM_GENERALIZED;
  parameters.timestamp_form = generalized ? TimestampForm::kGeneralized : TimestampForm::kMicrosecond;
  const v1::LocalTimeProfile& from = profile.local_time();
  if (from.kind_case() == v1::LocalTimeProfile::KIND_NOT_SET) return absl::OkStatus();
  if (!generalized) return absl::InvalidArgumentError("mediation.profile.local_time: only generalized time has one");
  const Result<LocalTime> local =
      from.has_zone() ? LocalTime::in_zone(from.zone()) : LocalTime::at_offset(from.offset_minutes());
  if (!local.ok())
    return absl::InvalidArgumentError("mediation.profile.local_time: " + std::string(local.status().message()));
  parameters.local_time = *local;
  return absl::OkStatus();
}

}  // namespace lictor
