// A master key that a token makes (PKCS#11 v2.40): a hardware module, a card, or SoftHSM.
#pragma once

#include <string>

#include "control/vault/master_key_source.h"

namespace lictor::control {

// The token holds a secret key that cannot be taken from it, and gives HMAC-SHA-256 (CKM_SHA256_HMAC) of a label and
// the vault's salt under it: that is the master key's material. Who has the disks and not the token has nothing.
class TokenMasterKey final : public MasterKeySource {
 public:
  static constexpr size_t kUriBytesMax = 4096;
  static constexpr size_t kPinBytesMax = 255;

  // By a URI of RFC 7512: the token's and the key's attributes, and with them `module-path` (the module's file) and
  // `pin-source` (a file of mode 0400 or 0600, by its path or as file:). InvalidArgument where it is none, lacks one
  // of the two, or holds the PIN itself, which whoever reads the configuration would have.
  static Result<TokenMasterKey> of_uri(const std::string& uri);

  [[nodiscard]] MasterKeyKind kind() const override { return MasterKeyKind::kToken; }
  // Loads the module and lets it go again. FailedPrecondition where there is not exactly one such token and key, or the
  // key can be taken from it; PermissionDenied where it does not take the PIN; Unavailable with the module's own word.
  Result<Secret> load(const MasterKeyHint& hint) const override;

 private:
  explicit TokenMasterKey(std::string uri) : uri_(std::move(uri)) {}

  const std::string uri_;
};

}  // namespace lictor::control
