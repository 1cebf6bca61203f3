// The end of an appliance: the keys of everything that it keeps are erased, so that what is left on its disks opens for
// nobody. lictord's own command, with no other lictord running.
#pragma once

#include <string>
#include <vector>

#include "control/admin/account.h"
#include "control/daemon_config.h"
#include "control/sealed/open_store.h"

namespace lictor::control {

// What has to be typed.
inline const std::string kDecommissionWord = "ERASE-ALL-KEYS";

// Says so in the account first, and signs it. Then goes what is in the store, the spools' and warrants' keys, the
// master key's file, that of directives, and the keys of the audit log, whose entries can still be verified.
// FailedPrecondition while a warrant is live: nothing is erased then. Answers what is left to be destroyed by hand.
Result<std::vector<std::string>> decommission(const DaemonConfig& config, const OpenedStore& opened, AuditLog& audit);

}  // namespace lictor::control
