// Roles, who may have which together, and the table of what they may do.
#include "control/access/access_table.h"

#include <gtest/gtest.h>

#include <set>

namespace lictor::control {
namespace {

Identity somebody(RoleSet roles) {
  return {.name = "somebody", .roles = roles, .agency_id = {}, .network_element_id = {}};
}

TEST(Roles, AreReadAsTheyAreWritten) {
  for (const Role role : kRoles) EXPECT_EQ(role_of(name_of(role)), role);
  EXPECT_EQ(role_of("Operator"), std::nullopt);
  EXPECT_EQ(RoleSet(Role::kAuditor, Role::kOperator).text(), "operator, auditor");
}

TEST(Roles, WhoRunsThePlatformReadsNoTarget) {
  for (const Role role : {Role::kOperator, Role::kApprover, Role::kAuditor, Role::kDataplane, Role::kAgency})
    EXPECT_FALSE(check_identity(somebody(RoleSet(Role::kPlatform, role))).ok()) << name_of(role);
  EXPECT_TRUE(check_identity(somebody(RoleSet(Role::kPlatform))).ok());
  for (const AccessRow& row : access_table()) {
    if (!row.roles.has(Role::kPlatform)) continue;
    EXPECT_TRUE(row.method == "/lictor.v1.FleetService/ListDataplanes" ||
                row.method == "/lictor.v1.FleetService/ListAlarms" ||
                row.method == "/lictor.v1.AlarmService/AcknowledgeAlarm" ||
                row.method == "/lictor.v1.PlatformService/BackUpStore")  // sealed, and on lictord's host
        << row.method;
  }
}

TEST(AccessTable, AMethodHasOneRow) {
  std::set<std::string_view> methods;
  for (const AccessRow& row : access_table()) {
    EXPECT_TRUE(methods.insert(row.method).second) << row.method;
    EXPECT_FALSE(row.roles.empty()) << row.method;
  }
}

TEST(AccessTable, WhatHasNoRowIsForNobody) {
  EXPECT_EQ(check_access(everything_for("root"), "/lictor.v1.WarrantService/Invent").code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(AccessTable, FilingAndActivatingAreTwoRoles) {
  const char* const create = "/lictor.v1.WarrantService/CreateWarrant";
  const char* const activate = "/lictor.v1.WarrantService/ActivateWarrant";
  EXPECT_TRUE(check_access(somebody(RoleSet(Role::kOperator)), create).ok());
  EXPECT_FALSE(check_access(somebody(RoleSet(Role::kOperator)), activate).ok());
  EXPECT_TRUE(check_access(somebody(RoleSet(Role::kApprover)), activate).ok());
  EXPECT_FALSE(check_access(somebody(RoleSet(Role::kApprover)), create).ok());
}

}  // namespace
}  // namespace lictor::control
