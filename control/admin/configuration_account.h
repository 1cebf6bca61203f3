// What the account says of the configuration that a daemon starts with: its hash, and which keys hold something else
// than at the last start. The values themselves stay out of it. Any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/audit/entry.h"
#include "control/store/store.h"

namespace lictor::control {

struct ConfigurationAccount {
  std::vector<AuditField> fields;  // of the entry of the start
  Write write;                     // into its commit: what the next start compares with
};

// `effective`: values by path, as ConfigFile has them. DataLoss: the store's own cannot be read.
Result<ConfigurationAccount> account_of_configuration(Store& store,
                                                      const std::map<std::string, std::string>& effective);

}  // namespace lictor::control
