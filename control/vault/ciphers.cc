#include "control/vault/ciphers.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

enum class Way : int { kOpen = 0, kSeal = 1 };

// A context that has taken key, nonce and associated data; null where OpenSSL refuses.
CipherContext begin(Way way, KeyView key, const Nonce& nonce, std::string_view associated) {
  CipherContext context(EVP_CIPHER_CTX_new());
  int done = 0;
  const Bytes data = as_bytes(associated);
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data(), static_cast<int>(way)) !=
          1 ||
      EVP_CipherUpdate(context.get(), nullptr, &done, data.data(), static_cast<int>(data.size())) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return context;
}

// 32 octets of a key derivation of OpenSSL.
Result<Secret> derive(const char* name, const OSSL_PARAM* parameters) {
  const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, name, nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Free> context(kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf.get()));
  Result<Secret> secret = Secret::make();
  if (!secret.ok()) return secret;
  if (context == nullptr || EVP_KDF_derive(context.get(), secret->octets().data(), Secret::kBytes, parameters) != 1) {
    ERR_clear_error();
    return absl::ResourceExhaustedError(std::string("vault: ") + name + " is refused: too little memory?");
  }
  return secret;
}

// OpenSSL's parameters are not const, and it does not write to those of a derivation.
void* writable(Bytes octets) { return const_cast<uint8_t*>(octets.data()); }

}  // namespace

Status aead_seal(KeyView key, const Nonce& nonce, std::string_view associated, Bytes plain, std::string& out) {
  const CipherContext context = begin(Way::kSeal, key, nonce, associated);
  if (context == nullptr) return absl::InternalError("vault: AES-256-GCM cannot be prepared");
  const size_t start = out.size();
  out.resize(start + plain.size() + kTagBytes);
  auto* const octets = reinterpret_cast<uint8_t*>(out.data()) + start;
  int done = 0;
  LICTOR_CHECK(EVP_CipherUpdate(context.get(), octets, &done, plain.data(), static_cast<int>(plain.size())) == 1);
  LICTOR_CHECK(EVP_CipherFinal_ex(context.get(), octets + plain.size(), &done) == 1);
  LICTOR_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, octets + plain.size()) == 1);
  return absl::OkStatus();
}

bool aead_open(KeyView key, const Nonce& nonce, std::string_view associated, Bytes sealed, MutableBytes plain) {
  LICTOR_CHECK(sealed.size() == plain.size() + kTagBytes);
  const CipherContext context = begin(Way::kOpen, key, nonce, associated);
  std::array<uint8_t, kTagBytes> tag;
  std::copy_n(sealed.data() + plain.size(), kTagBytes, tag.begin());
  int done = 0;
  const bool opened =
      context != nullptr &&
      EVP_CipherUpdate(context.get(), plain.data(), &done, sealed.data(), static_cast<int>(plain.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_CipherFinal_ex(context.get(), tag.data(), &done) == 1;
  if (!opened) OPENSSL_cleanse(plain.data(), plain.size());
  ERR_clear_error();
  return opened;
}

Result<Nonce> random_nonce() {
  Nonce nonce;
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1)
    return absl::UnavailableError("vault: no randomness");
  return nonce;
}

Digest hmac_sha256(KeyView key, std::string_view message) {
  Digest digest;
  const Bytes octets = as_bytes(message);
  LICTOR_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets.data(), octets.size(), digest.data(),
                    nullptr) != nullptr);
  return digest;
}

bool equal_in_constant_time(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<Secret> hkdf_sha256(Bytes key, Bytes salt, std::string_view info) {
  char digest[] = "SHA256";
  std::vector<OSSL_PARAM> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, writable(key), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, writable(as_bytes(info)), info.size())};
  // An empty one is refused; RFC 5869 takes an absent one for zeros.
  if (!salt.empty())
    parameters.push_back(OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, writable(salt), salt.size()));
  parameters.push_back(OSSL_PARAM_construct_end());
  return derive("HKDF", parameters.data());
}

Result<Secret> scrypt(Bytes passphrase, Bytes salt, const ScryptCost& cost) {
  if (!cost.is_within_bounds()) return absl::InvalidArgumentError("vault: scrypt's cost is out of bounds");
  uint64_t n = uint64_t{1} << cost.log2_n;
  uint32_t r = cost.r;
  uint32_t p = cost.p;
  // OpenSSL's own bound is 32 MiB; a little more than the formula, for its blocks.
  uint64_t memory = 128 * (n + p + 2) * r + 4096;
  const std::array<OSSL_PARAM, 7> parameters = {
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, writable(passphrase), passphrase.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, writable(salt), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
      OSSL_PARAM_construct_end()};
  return derive("SCRYPT", parameters.data());
}

}  // namespace lictor::control
