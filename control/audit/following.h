// An audit log followed as it grows: each entry once, in order, with the chain behind it. One thread.
#pragma once

#include <string>

#include "control/audit/log_files.h"

namespace lictor::control {

class AuditFollower {
 public:
  // From behind entry `after`, which the log must have; 0: from the first. DataLoss: what is before it does not hold.
  static Result<AuditFollower> open(const std::string& folder, uint64_t after);

  // Visits what is behind the last entry that was visited, up to entry `last` and at most `max` entries; how many.
  // DataLoss names the first that does not hold.
  Result<size_t> next(uint64_t last, size_t max, const AuditVisitor& visit);
  // Of the last entry that was visited.
  [[nodiscard]] uint64_t number() const { return state_.head.number; }
  [[nodiscard]] const LogId& log_id() const { return state_.log_id; }

 private:
  AuditFollower(std::string folder, uint32_t file, ChainState state)
      : folder_(std::move(folder)), file_(file), state_(state) {}
  Result<std::string> read_window() const;
  Status begin_next_file();

  std::string folder_;
  uint32_t file_;
  ChainState state_;
  size_t at_ = kFileHeadBytes;  // behind the last entry
};

}  // namespace lictor::control
