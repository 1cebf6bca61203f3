// An operator's private key for signature PDUs: ECDSA (P-256, P-384, P-521) or Ed25519, in a PEM file that others
// cannot read. Loaded by the control thread, used by the integrity thread; never changes.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/integrity/integrity_check.h"

namespace lictor {

// OpenSSL's name of the digest.
const EVP_MD* digest_of(HashAlgorithm algorithm);

class SigningKey {
 public:
  // FailedPrecondition says what is wrong with the file, and nothing of what is in it.
  static Result<std::shared_ptr<const SigningKey>> load(const std::string& path);
  ~SigningKey() { EVP_PKEY_free(key_); }
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  [[nodiscard]] SignatureAlgorithm algorithm() const { return algorithm_; }
  // ECDSA over the digest of `message`; Ed25519 over the message itself. Empty where OpenSSL refuses.
  [[nodiscard]] std::vector<uint8_t> sign(Bytes message, HashAlgorithm hash) const;

 private:
  SigningKey(EVP_PKEY* key, SignatureAlgorithm algorithm) : key_(key), algorithm_(algorithm) {}

  EVP_PKEY* const key_;
  const SignatureAlgorithm algorithm_;
};

using SharedSigningKey = std::shared_ptr<const SigningKey>;

}  // namespace lictor
