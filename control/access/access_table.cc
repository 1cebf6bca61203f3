#include "control/access/access_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lictor::control {
namespace {

constexpr RoleSet kFiles(Role::kOperator);
constexpr RoleSet kApproves(Role::kApprover);
constexpr RoleSet kEnds(Role::kOperator, Role::kApprover);  // what reduces takes one person
constexpr RoleSet kReads(Role::kOperator, Role::kApprover, Role::kAuditor);
constexpr RoleSet kReadsPlatform(Role::kOperator, Role::kApprover, Role::kAuditor, Role::kPlatform);
// Who is watched does not watch the watching.
constexpr RoleSet kAudits(Role::kAuditor);
constexpr RoleSet kIsAgency(Role::kAgency);
constexpr RoleSet kKeeps(Role::kPlatform);
constexpr RoleSet kAttaches(Role::kDataplane);

constexpr std::array kTable = {
    AccessRow{"/lictor.v1.AgencyService/CreateAgency", kFiles},
    AccessRow{"/lictor.v1.AgencyService/UpdateAgency", kFiles},
    AccessRow{"/lictor.v1.AgencyService/GetAgency", kReads},
    AccessRow{"/lictor.v1.AgencyService/ListAgencies", kReads},
    AccessRow{"/lictor.v1.AgencyService/DeleteAgency", kFiles},
    AccessRow{"/lictor.v1.AgencyService/SendMessage", kFiles},
    AccessRow{"/lictor.v1.AgencyChangeService/ProposeAgencyChange", kFiles},
    AccessRow{"/lictor.v1.AgencyChangeService/GetAgencyChange", kReads},
    AccessRow{"/lictor.v1.AgencyChangeService/ApproveAgencyChange", kApproves},
    AccessRow{"/lictor.v1.AgencyChangeService/RejectAgencyChange", kEnds},
    AccessRow{"/lictor.v1.HistoryService/GetWarrantHistory", kReads},
    AccessRow{"/lictor.v1.HistoryService/GetAgencyHistory", kReads},
    AccessRow{"/lictor.v1.AcceptanceService/StartAcceptance", kFiles},
    AccessRow{"/lictor.v1.AcceptanceService/GetAcceptance", kReads},
    AccessRow{"/lictor.v1.AcceptanceService/StopAcceptance", kFiles},
    AccessRow{"/lictor.v1.WarrantService/CreateWarrant", kFiles},
    AccessRow{"/lictor.v1.WarrantService/ActivateWarrant", kApproves},
    AccessRow{"/lictor.v1.WarrantService/ModifyWarrant", kFiles},
    AccessRow{"/lictor.v1.WarrantService/EndWarrant", kEnds},
    AccessRow{"/lictor.v1.WarrantService/RevokeWarrant", kEnds},
    AccessRow{"/lictor.v1.WarrantService/GetWarrant", kReads},
    AccessRow{"/lictor.v1.WarrantService/GetPayloadKey", kFiles},
    AccessRow{"/lictor.v1.WarrantService/ListWarrants", kReads},
    AccessRow{"/lictor.v1.ApprovalService/SubmitWarrant", kFiles},
    AccessRow{"/lictor.v1.ApprovalService/PreviewWarrant", kReads},
    AccessRow{"/lictor.v1.ApprovalService/ApproveWarrant", kApproves},
    AccessRow{"/lictor.v1.ApprovalService/RejectWarrant", kEnds},
    AccessRow{"/lictor.v1.ApprovalService/SuspendWarrant", kEnds},
    AccessRow{"/lictor.v1.ApprovalService/ResumeWarrant", kFiles},
    AccessRow{"/lictor.v1.ApprovalService/ReviewReduction", kEnds},
    AccessRow{"/lictor.v1.ApprovalService/ActivateEmergency", kEnds},
    AccessRow{"/lictor.v1.AuditService/ListAuditEntries", kAudits},
    AccessRow{"/lictor.v1.AuditService/ExportAudit", kAudits},
    AccessRow{"/lictor.v1.StatusService/ListOwnWarrants", kIsAgency},
    AccessRow{"/lictor.v1.FleetService/Attach", kAttaches},
    AccessRow{"/lictor.v1.FleetService/ListDataplanes", kReadsPlatform},
    AccessRow{"/lictor.v1.FleetService/ListTaps", kReads},
    AccessRow{"/lictor.v1.FleetService/GetStatistics", kReads},
    AccessRow{"/lictor.v1.FleetService/ListAlarms", kReadsPlatform},
    AccessRow{"/lictor.v1.SessionService/ListSessions", kReads},
    AccessRow{"/lictor.v1.SessionService/GetSession", kReads},
    AccessRow{"/lictor.v1.PlatformService/BackUpStore", kKeeps},
    AccessRow{"/lictor.v1.PlatformService/RetireDataplane", kFiles},
    AccessRow{"/lictor.v1.AlarmService/AcknowledgeAlarm", kReadsPlatform},
};

}  // namespace

std::span<const AccessRow> access_table() { return kTable; }

Status check_access(const Identity& identity, std::string_view method) {
  const auto row = std::ranges::find(kTable, method, &AccessRow::method);
  if (row == kTable.end()) return absl::PermissionDeniedError("nobody may do this");
  if (identity.roles.meets(row->roles)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      fmt::format("the role {} may not do this, but {}", identity.roles.text(), row->roles.text()));
}

}  // namespace lictor::control
