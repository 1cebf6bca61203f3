// Secret keys in files of their own, outside of the store: one folder that others cannot read, a file a key, named by a
// UUID and what kind of key it is. Written whole or not at all, overwritten before they are removed. Not thread-safe:
// under the administration's mutex.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "control/registry/secret_octets.h"
#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {

class KeyFiles {
 public:
  // The directory is made where it is missing (mode 0700). FailedPrecondition where others can read it. Only files
  // named "<UUID><suffix>" are looked at.
  static Result<std::unique_ptr<KeyFiles>> open(const std::string& directory, const std::string& suffix);

  [[nodiscard]] bool has(const std::string& id) const { return sizes_.count(id) != 0; }
  // By id, how many octets each file has.
  [[nodiscard]] const std::map<std::string, size_t>& sizes() const { return sizes_; }
  // Unavailable where the file is not what was written.
  [[nodiscard]] Result<SecretOctets> read(const std::string& id) const;
  // On the disk when it returns. Another one of this id is replaced, and overwritten.
  Status write(const std::string& id, const std::string& octets);
  // Many new ones in one go, which waits for the disk little more often than one. Those of which it is known behind it
  // are on the disk; where it fails those are some of them, or none. AlreadyExists: there is one of this id.
  Status write_new(const std::map<std::string, SecretOctets>& keys);
  // The same in two steps, for what has to happen together with something else: a crash between them leaves the former
  // key. `bytes`: that were staged.
  [[nodiscard]] Status stage(const std::string& id, const std::string& octets) const;
  Status publish(const std::string& id, size_t bytes);  // where it fails nothing staged stays
  void discard(const std::string& id, size_t bytes) const;
  // Overwritten and removed. No error where there is none; where it fails the id stays known, to be erased again.
  Status erase(const std::string& id);

 private:
  KeyFiles(std::string directory, std::string suffix) : directory_(std::move(directory)), suffix_(std::move(suffix)) {}
  [[nodiscard]] std::string path_of(const std::string& id) const { return directory_ + "/" + id + suffix_; }
  [[nodiscard]] Result<UniqueFd> write_unfinished(const std::string& id, const std::string& octets) const;
  [[nodiscard]] Status sync() const;

  const std::string directory_;
  const std::string suffix_;
  std::map<std::string, size_t> sizes_;
};

}  // namespace lictor::control
