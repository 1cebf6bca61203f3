// Signatures over octets: Ed25519, ECDSA on P-256 with SHA-256 and on P-384 with SHA-384, as X.509 certificates have
// such keys. Keys are PEM files. Pure functions but for what reads files; any thread.
#pragma once

#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/trust/openssl_owner.h"

namespace lictor {

constexpr size_t kSignatureBytesMax = 256;

// Whether a key is of a kind that is taken.
bool is_taken(const EVP_PKEY& key);

// PermissionDenied where the signature is not this key's over these octets. `signature` is hostile.
Status verify_signature(EVP_PKEY& key, Bytes octets, Bytes signature);

// FailedPrecondition where the key cannot sign, or is of another kind.
Result<std::string> sign_octets(EVP_PKEY& key, Bytes octets);

// FailedPrecondition or NotFound name the file. A private key with a passphrase is asked for at the terminal.
Result<OwnedKey> load_private_key(const std::string& path);
Result<OwnedKey> load_public_key(const std::string& path);

}  // namespace lictor
