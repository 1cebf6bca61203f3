// The keys that dataplanes seal the tasks' records with: one a task (a delivery of a warrant), random, made when the
// task is first told. They lie in files of their own, outside of the store, so that no backup of the store brings one
// back: a key that is erased is gone, and with it whatever is left in the spools. Not thread-safe: under the
// administration's mutex.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dataplane/base/result.h"

namespace lictor::control {

class SpoolKeys {
 public:
  // The directory is made where it is missing (mode 0700). FailedPrecondition where others can read it.
  static Result<std::unique_ptr<SpoolKeys>> open(const std::string& directory);

  [[nodiscard]] bool has(const std::string& xid) const { return known_.count(xid) != 0; }
  [[nodiscard]] const std::set<std::string>& xids() const { return known_; }
  // The key of this task, 32 octets; made, and on the disk, where there was none.
  Result<std::string> get_or_make(const std::string& xid);
  // Overwritten and removed. No error where there is none.
  Status erase(const std::string& xid);

 private:
  explicit SpoolKeys(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string path_of(const std::string& xid) const { return directory_ + "/" + xid; }
  Result<std::string> make(const std::string& xid);

  const std::string directory_;
  std::set<std::string> known_;  // that have a file
};

}  // namespace lictor::control
