// Verification of an audit log by whoever has its files and the public key that was taken away when it began: nothing
// of the daemon is needed. With the initial MAC key, or the head that a database remembers, it shows more. Any thread.
#pragma once

#include <optional>
#include <string>

#include "control/audit/log_files.h"

namespace lictor::control {

struct AuditVerifyOptions {
  PublicKey key{};                // of the log's first checkpoint
  Secret* initial_mac = nullptr;  // of its first entry; evolves; null: MACs are not judged
  std::optional<AuditHead> remembered;
};

struct AuditVerdict {
  std::optional<AuditProblem> problem;  // nothing: all holds
  AuditHead head;                       // of what holds
  uint64_t checkpoint = 0;              // the last one that holds; what is behind it is not signed yet
  int64_t last_unix_ns = 0;
};

// `folder` holds every file of the log from its first on. Errors: what cannot be read, is none, or is of a newer
// program.
Result<AuditVerdict> verify_audit(const std::string& folder, const AuditVerifyOptions& options,
                                  const AuditVisitor& visit = nullptr);

// "-----BEGIN PUBLIC KEY-----", as openssl reads it.
Result<std::string> public_key_pem(const PublicKey& key);
Result<PublicKey> parse_public_key_pem(const std::string& text);

}  // namespace lictor::control
