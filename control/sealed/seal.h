// A value to the octets of its row, and back: it opens nowhere but in the row where it was sealed. Private to
// control/sealed. Any thread.
#pragma once

#include "control/sealed/key_ring.h"
#include "control/sealed/sealed_row.h"

namespace lictor::control {

Result<std::string> seal_row(const DataKey& key, const std::string& subject, const std::string& name,
                             const std::string& value);
// DataLoss: altered, of another row, or its key was erased.
Result<std::string> unseal_row(KeyRing& keys, const std::string& name, const std::string& octets);

}  // namespace lictor::control
