// The keys that warrants' records are encrypted with on their way to the agency (TS 102 232-1), where its profile wants
// one for each warrant. Filed with the warrant or made here; they lie beside the spools' keys, outside of the store, so
// that no backup brings one back. They outlive delivery: who has the records has to be able to ask for the key. Not
// thread-safe: under the administration's mutex.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "control/fleet/key_files.h"

namespace lictor::control {

class PayloadKeys {
 public:
  // The directory of the spools' keys. A file that is no whole key counts as none.
  static Result<std::unique_ptr<PayloadKeys>> open(const std::string& directory);

  // How many octets the warrant's key has; 0: there is none.
  [[nodiscard]] size_t bytes_of(const std::string& warrant_id) const;
  // Of every warrant that has a file, whole or not.
  [[nodiscard]] std::set<std::string> warrant_ids() const;
  [[nodiscard]] Result<SecretOctets> get(const std::string& warrant_id) const;
  // In two steps, around the commit that goes with it; a former key of the warrant is overwritten by the second.
  [[nodiscard]] Status stage(const std::string& warrant_id, const std::string& key) const {
    return files_->stage(warrant_id, key);
  }
  Status publish(const std::string& warrant_id, size_t bytes) { return files_->publish(warrant_id, bytes); }
  void discard(const std::string& warrant_id, size_t bytes) const { files_->discard(warrant_id, bytes); }
  // Overwritten and removed. No error where there is none.
  Status erase(const std::string& warrant_id) { return files_->erase(warrant_id); }

 private:
  explicit PayloadKeys(std::unique_ptr<KeyFiles> files) : files_(std::move(files)) {}

  const std::unique_ptr<KeyFiles> files_;
};

}  // namespace lictor::control
