#include "control/vault/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <bit>

namespace lictor::control {
namespace {

// The heap's smallest piece.
constexpr size_t kPieceBytes = 32;
constexpr size_t kHeapBytesMin = 65536;

}  // namespace

void SecretBuffer::Erase::operator()(uint8_t* memory) const { OPENSSL_secure_clear_free(memory, bytes); }

Result<SecretBuffer> SecretBuffer::make(size_t bytes) {
  auto* const memory = static_cast<uint8_t*>(OPENSSL_secure_zalloc(bytes));
  if (memory == nullptr) return absl::ResourceExhaustedError("vault: no locked memory is left");
  return SecretBuffer(memory, bytes);
}

bool Secret::prepare(size_t keys) {
  const size_t bytes = std::bit_ceil(std::max(keys * 2 * kBytes, kHeapBytesMin));
  return CRYPTO_secure_malloc_initialized() == 1 || CRYPTO_secure_malloc_init(bytes, kPieceBytes) == 1;
}

Result<Secret> Secret::make() {
  Result<SecretBuffer> buffer = SecretBuffer::make(kBytes);
  if (!buffer.ok()) return buffer.status();
  return Secret(*std::move(buffer));
}

Result<Secret> Secret::make_random() {
  Result<Secret> secret = make();
  if (secret.ok() && RAND_priv_bytes(secret->octets().data(), static_cast<int>(kBytes)) != 1)
    return absl::UnavailableError("vault: no randomness");
  return secret;
}

}  // namespace lictor::control
