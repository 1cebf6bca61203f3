// The four mechanisms that everything here is made of, as OpenSSL has them: AES-256-GCM (NIST SP 800-38D), HMAC-SHA-256
// (RFC 2104), HKDF-SHA-256 (RFC 5869) and scrypt (RFC 7914). No state; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "control/vault/secret.h"
#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor::control {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kDigestBytes = 32;

using KeyView = std::span<const uint8_t, Secret::kBytes>;
using Nonce = std::array<uint8_t, kNonceBytes>;
using Digest = std::array<uint8_t, kDigestBytes>;

// Appends ciphertext and tag to `out`. Internal where OpenSSL has no memory.
Status aead_seal(KeyView key, const Nonce& nonce, std::string_view associated, Bytes plain, std::string& out);
// `sealed` is ciphertext and tag; `plain` has kTagBytes less. False where key, nonce, associated or sealed are not
// those of the sealing; `plain` is then zeros.
bool aead_open(KeyView key, const Nonce& nonce, std::string_view associated, Bytes sealed, MutableBytes plain);

Result<Nonce> random_nonce();

Digest hmac_sha256(KeyView key, std::string_view message);
bool equal_in_constant_time(Bytes a, Bytes b);

// A key for one purpose, which `info` names.
Result<Secret> hkdf_sha256(Bytes key, Bytes salt, std::string_view info);

// What scrypt may cost. Memory is 128 · 2^log2_n · r octets.
struct ScryptCost {
  static constexpr uint8_t kLog2NMin = 14;
  static constexpr uint8_t kLog2NMax = 20;  // 1 GiB with r = 8: what is more is no cost but an attack
  static constexpr uint8_t kRMax = 8;
  static constexpr uint8_t kPMax = 4;

  uint8_t log2_n = 17;  // 128 MiB, once a start
  uint8_t r = 8;
  uint8_t p = 1;

  [[nodiscard]] bool is_within_bounds() const {
    return log2_n >= kLog2NMin && log2_n <= kLog2NMax && r >= 1 && r <= kRMax && p >= 1 && p <= kPMax;
  }
};

Result<Secret> scrypt(Bytes passphrase, Bytes salt, const ScryptCost& cost);

}  // namespace lictor::control
