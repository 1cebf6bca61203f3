// Today's keys of an audit log, and how far it has come: in a file of its own, which is the log's high-water mark as
// well. Never to be backed up: a copy of old keys makes old entries. Used by the log alone, under its mutex or by its
// one syncing thread.
//
// Two slots, written in turn and in place, so that a crash leaves one whole and what was is overwritten:
//   slot   "LCTK"  0x01  count 8  log id 16  entry 8  hash 32  checkpoint 8  MAC key 32  signer's seed 32  SHA-256 32
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "control/audit/chain.h"

namespace lictor::control {

class AuditKeyFile {
 public:
  struct Content {
    ChainState state;
    ChainKeys keys;
  };

  // Makes the file where it is missing (mode 0600), and keeps it locked. FailedPrecondition: others have rights on it;
  // Unavailable: another process has it.
  static Result<std::unique_ptr<AuditKeyFile>> open(const std::string& path);
  ~AuditKeyFile();
  AuditKeyFile(const AuditKeyFile&) = delete;
  AuditKeyFile& operator=(const AuditKeyFile&) = delete;

  // Nothing where it was never written to. DataLoss where neither slot is whole.
  Result<std::optional<Content>> read();
  // On the disk when it returns.
  Status write(const ChainState& state, const ChainKeys& keys);

 private:
  AuditKeyFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  [[nodiscard]] Status failed(const char* what) const;

  const std::string path_;
  const int fd_;
  uint64_t count_ = 0;  // of writes; its parity says the slot
};

}  // namespace lictor::control
