// Violations to one message and one ErrorDetail.
#include "control/registry/violations.h"

#include <fmt/format.h>

namespace lictor::control {

void Violations::add(std::string_view field, std::string_view description) {
  if (detail_.violations_size() == kViolationsMax) return;
  v1::FieldViolation& violation = *detail_.add_violations();
  violation.set_field(field.data(), field.size());
  violation.set_description(description.data(), description.size());
}

bool Violations::expect(bool holds, std::string_view field, std::string_view description) {
  if (!holds) add(field, description);
  return holds;
}

Status Violations::status(absl::StatusCode code) const {
  if (empty()) return absl::OkStatus();
  std::string text;
  for (const v1::FieldViolation& violation : detail_.violations())
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", violation.field(), violation.description());
  Status status(code, text);
  status.SetPayload(kErrorDetailUrl, absl::Cord(detail_.SerializeAsString()));
  return status;
}

Status refused(absl::StatusCode code, std::string_view field, std::string_view description) {
  Violations violations;
  violations.add(field, description);
  return violations.status(code);
}

}  // namespace lictor::control
