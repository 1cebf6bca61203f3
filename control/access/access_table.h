// Which role may call what: the one table. What has no row may be called by nobody. Any thread.
#pragma once

#include <span>
#include <string_view>

#include "control/access/identity.h"

namespace lictor::control {

struct AccessRow {
  std::string_view method;  // "/lictor.v1.WarrantService/CreateWarrant"
  RoleSet roles;
};

std::span<const AccessRow> access_table();

// PermissionDenied, naming the roles that may; also for a method that has no row.
Status check_access(const Identity& identity, std::string_view method);

}  // namespace lictor::control
