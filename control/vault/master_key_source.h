// Where the vault's master key comes from. A seam, because it comes from a file, from a person or from a token. At
// start, on one thread; a source is asked once, and keeps nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "control/vault/ciphers.h"
#include "control/vault/secret.h"

namespace lictor::control {

// As the vault's header says it; never renumbered.
enum class MasterKeyKind : uint8_t { kFile = 1, kPassphrase = 2, kToken = 3 };

// "a key file", "a passphrase", "a token".
const char* name_of(MasterKeyKind kind);

using MasterSalt = std::array<uint8_t, 16>;

// What a vault knows of its master key without having it.
struct MasterKeyHint {
  MasterKeyKind kind = MasterKeyKind::kFile;
  MasterSalt salt{};
  ScryptCost cost;  // of a passphrase
};

class MasterKeySource {
 public:
  virtual ~MasterKeySource() = default;
  [[nodiscard]] virtual MasterKeyKind kind() const = 0;
  // The key for a vault with this salt and cost. Errors say what is wrong with the source, and nothing of what is in
  // it.
  virtual Result<Secret> load(const MasterKeyHint& hint) const = 0;
};

// A file of 64 hexadecimal digits (`openssl rand -hex 32`), of mode 0400 or 0600 and of this process' user or root.
class FileMasterKey final : public MasterKeySource {
 public:
  explicit FileMasterKey(std::string path) : path_(std::move(path)) {}
  // What systemd's LoadCredential= or LoadCredentialEncrypted= gave this service under that name: a file in
  // $CREDENTIALS_DIRECTORY. FailedPrecondition where systemd gave nothing; InvalidArgument where `name` is no name.
  static Result<FileMasterKey> of_credential(const std::string& name);

  [[nodiscard]] MasterKeyKind kind() const override { return MasterKeyKind::kFile; }
  Result<Secret> load(const MasterKeyHint& hint) const override;

 private:
  const std::string path_;
};

// A passphrase, read to the end of its first line from a descriptor: a terminal, which is asked without echo, or a
// pipe. Never from arguments or the environment, which others can read.
class PassphraseMasterKey final : public MasterKeySource {
 public:
  static constexpr size_t kBytesMin = 12;
  static constexpr size_t kBytesMax = 1024;

  // `fd` stays the caller's.
  explicit PassphraseMasterKey(int fd) : fd_(fd) {}

  [[nodiscard]] MasterKeyKind kind() const override { return MasterKeyKind::kPassphrase; }
  Result<Secret> load(const MasterKeyHint& hint) const override;

 private:
  const int fd_;
};

}  // namespace lictor::control
