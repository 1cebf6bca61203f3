// What `lictorctl audit` does with an audit log's files on this machine: verify them, and take them from a daemon. No
// daemon is needed to verify. One thread.
#pragma once

#include <string>

#include "control/cli/session.h"

namespace lictor::control::cli {

struct AuditVerifyWords {
  std::string directory;
  std::string public_key;   // a PEM file: of the log's beginning
  std::string initial_key;  // empty, or the file of the first MAC key
  std::string remembered;   // empty, "NUMBER:HASH", or a file that begins with that
};

// Prints the verdict. kExitOk: all holds; kExitRefused: it does not, and the first bad entry is named; kExitUsage: what
// is no log, or cannot be read.
int verify_audit_files(const AuditVerifyWords& words, bool json);

// Into `directory`, which must not exist: the log's files, `public.pem` and `head` ("NUMBER:HASH").
int export_audit(Session& session, const std::string& directory);

}  // namespace lictor::control::cli
