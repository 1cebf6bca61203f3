#include "encoders/spool/secret_key.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace lictor {
namespace {

// The heap's smallest piece, and what a key takes beside it in its tables.
constexpr size_t kPieceBytes = 32;
constexpr size_t kHeapBytesMin = 65536;

}  // namespace

bool SecretKey::prepare(size_t keys, size_t other_bytes) {
  const size_t bytes = std::bit_ceil(std::max(keys * 2 * kBytes + 2 * other_bytes, kHeapBytesMin));
  return CRYPTO_secure_malloc_initialized() == 1 || CRYPTO_secure_malloc_init(bytes, kPieceBytes) == 1;
}

Result<std::shared_ptr<const SecretKey>> SecretKey::make(Bytes octets) {
  if (octets.size() != kBytes) return absl::InvalidArgumentError("must be 32 octets");
  auto* const memory = static_cast<uint8_t*>(OPENSSL_secure_malloc(kBytes));
  if (memory == nullptr) return absl::ResourceExhaustedError("no locked memory is left");
  std::memcpy(memory, octets.data(), kBytes);
  return std::shared_ptr<const SecretKey>(new SecretKey(memory));
}

SecretKey::~SecretKey() { OPENSSL_secure_clear_free(memory_, kBytes); }

}  // namespace lictor
