// What a log is found to be at start: held against its keys, and against what the store remembers. Reads only. One
// thread.
#pragma once

#include <optional>
#include <string>

#include "control/audit/key_file.h"
#include "control/audit/log_files.h"

namespace lictor::control {

struct Recovered {
  ChainState state;
  ChainKeys keys;
  uint32_t file = 1;      // the last one
  size_t good_bytes = 0;  // of it; below kFileHeadBytes: its head has to be written again
  size_t torn_bytes = 0;  // behind them, which a crash left
  // Of an act that the store does not have: it was never committed. 0: none.
  uint64_t uncommitted = 0;
};

// `known` is the key file's; `store_head` what the store's last commit remembered (number 0: none yet; nothing: it is
// not asked). DataLoss names the first entry that is not what it was, is gone, or is not in the store: somebody altered
// the log, or put an older log or store in place.
Result<Recovered> recover_audit(const std::string& folder, AuditKeyFile::Content known,
                                const std::optional<AuditHead>& store_head);

}  // namespace lictor::control
