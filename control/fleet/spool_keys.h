// The keys that dataplanes seal the tasks' records with: one a task (a delivery of a warrant), random, made when the
// task is first told. They lie in files of their own, outside of the store, so that no backup of the store brings one
// back: a key that is erased is gone, and with it whatever is left in the spools. Not thread-safe: under the
// administration's mutex.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/fleet/key_files.h"

namespace lictor::control {

class SpoolKeys {
 public:
  // The directory is made where it is missing (mode 0700). FailedPrecondition where others can read it.
  static Result<std::unique_ptr<SpoolKeys>> open(const std::string& directory);

  [[nodiscard]] bool has(const std::string& xid) const { return files_->has(xid); }
  [[nodiscard]] std::set<std::string> xids() const;
  // The key of this task, 32 octets; made, and on the disk, where there was none.
  Result<SecretOctets> get_or_make(const std::string& xid);
  // Keys for tasks that have none, each once: in one go, which costs little more than one. All are on the disk, or
  // none.
  Status make(const std::vector<std::string>& xids);
  // Overwritten and removed. No error where there is none.
  Status erase(const std::string& xid) { return files_->erase(xid); }

 private:
  explicit SpoolKeys(std::unique_ptr<KeyFiles> files) : files_(std::move(files)) {}

  const std::unique_ptr<KeyFiles> files_;
};

}  // namespace lictor::control
