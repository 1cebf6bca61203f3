// Looking into an audit log, a page at a time. Every entry on the way is held against its hash, so that what is shown
// hangs together; who wants to know more verifies. Any thread; reads files only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/audit/log_files.h"

namespace lictor::control {

struct AuditQuery {
  static constexpr size_t kLimitMax = 1000;

  uint64_t after = 0;  // entries behind this number
  size_t limit = 100;
  // Empty: any.
  std::string actor;
  std::string action;  // or how it begins
  std::string object;
  std::optional<AuditKind> kind;
  int64_t from_unix_ns = INT64_MIN;
  int64_t before_unix_ns = INT64_MAX;
};

struct AuditPage {
  // A page looks at so many entries at most, whatever it finds.
  static constexpr uint64_t kSeenMax = 100'000;

  std::vector<AuditEntry> entries;
  uint64_t next = 0;  // `after` of the next page; 0: that was all
};

// `last`: of the log, so that what is being written is left alone; 0: all that the files hold. DataLoss names the first
// entry that does not hold.
Result<AuditPage> read_audit_page(const std::string& folder, uint64_t last, const AuditQuery& query);

}  // namespace lictor::control
