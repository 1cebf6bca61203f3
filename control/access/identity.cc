#include "control/access/identity.h"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::control {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= Identity::kNameBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" ._@-").find(c) != std::string_view::npos;
  });
}

}  // namespace

const char* name_of(Role role) {
  switch (role) {
    case Role::kOperator:
      return "operator";
    case Role::kApprover:
      return "approver";
    case Role::kAuditor:
      return "auditor";
    case Role::kPlatform:
      return "platform";
    case Role::kDataplane:
      return "dataplane";
    case Role::kAgency:
      break;
  }
  return "agency";
}

std::optional<Role> role_of(std::string_view name) {
  for (const Role role : kRoles)
    if (name == name_of(role)) return role;
  return std::nullopt;
}

std::string RoleSet::text() const {
  std::string text;
  for (const Role role : kRoles)
    if (has(role)) text += fmt::format("{}{}", text.empty() ? "" : ", ", name_of(role));
  return text;
}

Status check_identity(const Identity& identity) {
  if (!is_name(identity.name))
    return absl::InvalidArgumentError(
        fmt::format("a name has 1 to {} of A-Z a-z 0-9 space . _ @ -", Identity::kNameBytesMax));
  if (identity.roles.empty()) return absl::InvalidArgumentError("no role");
  for (const Role alone : {Role::kPlatform, Role::kDataplane, Role::kAgency})
    if (identity.roles.has(alone) && identity.roles != RoleSet(alone))
      return absl::InvalidArgumentError(fmt::format("the role {} goes with no other", name_of(alone)));
  if (identity.roles.has(Role::kAgency) == identity.agency_id.empty())
    return absl::InvalidArgumentError("the role agency, and no other, belongs to an agency");
  if (!identity.desks.empty() && !identity.roles.meets(RoleSet(Role::kOperator, Role::kApprover, Role::kAuditor)))
    return absl::InvalidArgumentError("only operators, approvers and auditors are of a desk");
  if (!identity.network_element_id.empty() && !identity.roles.has(Role::kDataplane))
    return absl::InvalidArgumentError("only the role dataplane is a network element's");
  return absl::OkStatus();
}

Identity everything_for(std::string name) {
  return {.name = std::move(name),
          .roles = RoleSet(Role::kOperator, Role::kApprover, Role::kAuditor, Role::kPlatform, Role::kDataplane),
          .agency_id = {},
          .network_element_id = {},
          .desks = DeskSet::all()};
}

}  // namespace lictor::control
