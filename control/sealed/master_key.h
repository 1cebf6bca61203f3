// The store's master key as the configuration names it. At start and in lictord's own commands, on one thread.
#pragma once

#include <memory>
#include <string>

#include "control/vault/master_key_source.h"

namespace lictor::control {

// One of the first four, or none: then the file at `default_file`, which is made where it is missing.
struct MasterKeyOptions {
  std::string file;
  std::string credential;       // by systemd's name
  std::string passphrase_file;  // its first line; /dev/stdin asks a terminal without echo
  std::string token;            // by a URI of RFC 7512: TokenMasterKey::of_uri
  std::string default_file;

  [[nodiscard]] bool is_default() const {
    return file.empty() && credential.empty() && passphrase_file.empty() && token.empty();
  }
  // The key's file; empty: it comes from elsewhere.
  [[nodiscard]] const std::string& path() const { return is_default() ? default_file : file; }
};

// A passphrase in a file, a pipe or at a terminal. A plain file must be of mode 0400 or 0600.
class PassphraseFile final : public MasterKeySource {
 public:
  explicit PassphraseFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] MasterKeyKind kind() const override { return MasterKeyKind::kPassphrase; }
  Result<Secret> load(const MasterKeyHint& hint) const override;

 private:
  const std::string path_;
};

// FailedPrecondition: systemd gave nothing of that name. InvalidArgument: the token's URI is none.
Result<std::unique_ptr<MasterKeySource>> master_key_of(const MasterKeyOptions& options);

// A new random key in a file of mode 0400, in a folder of mode 0700 that is made where it is missing; on the disk when
// it returns. AlreadyExists where there is one.
Status make_master_key_file(const std::string& path);

// Puts the file of a new key in the place of the former one, whose octets are overwritten.
Status replace_master_key_file(const std::string& path, const std::string& next);

// Overwrites a key's file and removes it. Ok where there is none.
Status erase_key_file(const std::string& path);

}  // namespace lictor::control
