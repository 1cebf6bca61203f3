// For SHA256_Init() and its like, which OpenSSL 3 would rather see replaced by EVP.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "encoders/spool/block_cipher.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kDigestBytes = 32;
constexpr size_t kHashBlockBytes = 64;
constexpr size_t kNonceBytes = 12;

using Digest = std::array<uint8_t, kDigestBytes>;

// Plain SHA-256 rather than EVP_MAC or EVP_MD: both allocate at each use.
Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> parts) {
  LICTOR_CHECK(key.size() <= kHashBlockBytes);
  std::array<uint8_t, kHashBlockBytes> pad;
  Digest digest;
  SHA256_CTX hash;
  const auto begin = [&](uint8_t mark) {
    pad.fill(mark);
    for (size_t i = 0; i < key.size(); ++i) pad[i] = static_cast<uint8_t>(pad[i] ^ key[i]);
    SHA256_Init(&hash);
    SHA256_Update(&hash, pad.data(), pad.size());
  };
  begin(0x36);
  for (const Bytes part : parts) SHA256_Update(&hash, part.data(), part.size());
  SHA256_Final(digest.data(), &hash);
  begin(0x5c);
  SHA256_Update(&hash, digest.data(), digest.size());
  SHA256_Final(digest.data(), &hash);
  OPENSSL_cleanse(pad.data(), pad.size());
  OPENSSL_cleanse(&hash, sizeof hash);
  return digest;
}

Bytes authenticated(const BlockHeader& header, std::array<uint8_t, kBlockAuthenticated>& copy) {
  std::memcpy(copy.data(), reinterpret_cast<const uint8_t*>(&header), copy.size());
  std::memcpy(copy.data(), &kBlockMagic, sizeof kBlockMagic);  // which is written when the block is whole
  return copy;
}

}  // namespace

void hkdf_sha256(Bytes key, Bytes salt, Bytes info, std::span<uint8_t, 32> out) {
  constexpr uint8_t kFirst = 1;
  Digest extracted = hmac_sha256(salt, {key});
  Digest expanded = hmac_sha256(extracted, {info, Bytes(&kFirst, 1)});
  std::ranges::copy(expanded, out.begin());
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(expanded.data(), expanded.size());
}

BlockKey::BlockKey(SharedKey key, const Xid& xid, bool seals, CipherContext cipher)
    : key_(std::move(key)), xid_(xid), seals_(seals), cipher_(std::move(cipher)) {
  // Says which key a block wants without helping to find it.
  std::array<uint8_t, 32> out;
  hkdf_sha256(key_->octets(), {}, as_bytes("lictor spool key id"), out);
  std::copy_n(out.begin(), id_.size(), id_.begin());
}

Result<std::unique_ptr<BlockKey>> BlockKey::make(SharedKey key, const Xid& xid, bool seals) {
  LICTOR_CHECK(key != nullptr);
  CipherContext cipher(EVP_CIPHER_CTX_new());
  if (cipher == nullptr ||
      EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr, seals ? 1 : 0) != 1) {
    return absl::ResourceExhaustedError("spool: AES-256-GCM cannot be prepared");
  }
  return std::unique_ptr<BlockKey>(new BlockKey(std::move(key), xid, seals, std::move(cipher)));
}

void BlockKey::enter(const Salt& salt) {
  if (entered_ && salt == salt_) return;
  constexpr std::string_view kPurpose = "lictor spool block";
  std::array<uint8_t, kPurpose.size() + 16> info;
  std::ranges::copy(kPurpose, info.begin());
  std::ranges::copy(xid_.octets, info.begin() + kPurpose.size());
  std::array<uint8_t, 32> derived;
  hkdf_sha256(key_->octets(), salt, info, derived);
  LICTOR_CHECK(EVP_CipherInit_ex(cipher_.get(), nullptr, nullptr, derived.data(), nullptr, seals_ ? 1 : 0) == 1);
  OPENSSL_cleanse(derived.data(), derived.size());
  salt_ = salt;
  entered_ = true;
}

void BlockKey::begin(const BlockHeader& header) {
  LICTOR_CHECK(entered_);
  std::array<uint8_t, kNonceBytes> nonce{};
  std::memcpy(nonce.data(), &header.counter, sizeof header.counter);
  LICTOR_CHECK(EVP_CipherInit_ex(cipher_.get(), nullptr, nullptr, nullptr, nonce.data(), seals_ ? 1 : 0) == 1);
  std::array<uint8_t, kBlockAuthenticated> copy;
  const Bytes clear = authenticated(header, copy);
  int done = 0;
  LICTOR_CHECK(EVP_CipherUpdate(cipher_.get(), nullptr, &done, clear.data(), static_cast<int>(clear.size())) == 1);
}

void BlockKey::seal(const BlockHeader& header, Bytes table, Bytes records, uint8_t* out,
                    std::span<uint8_t, kTagBytes> tag) {
  begin(header);
  int done = 0;
  EVP_CIPHER_CTX* const cipher = cipher_.get();
  LICTOR_CHECK(EVP_CipherUpdate(cipher, out, &done, table.data(), static_cast<int>(table.size())) == 1);
  out += table.size();
  LICTOR_CHECK(EVP_CipherUpdate(cipher, out, &done, records.data(), static_cast<int>(records.size())) == 1);
  LICTOR_CHECK(EVP_CipherFinal_ex(cipher, out + records.size(), &done) == 1);
  LICTOR_CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data()) == 1);
}

bool BlockKey::open(const BlockHeader& header, const uint8_t* ciphertext, MutableBytes plain) {
  LICTOR_CHECK(plain.size() == header.bytes);
  begin(header);
  int done = 0;
  EVP_CIPHER_CTX* const cipher = cipher_.get();
  std::array<uint8_t, kTagBytes> tag = header.tag;
  return EVP_CipherUpdate(cipher, plain.data(), &done, ciphertext, static_cast<int>(plain.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
         EVP_CipherFinal_ex(cipher, plain.data() + plain.size(), &done) == 1;
}

}  // namespace lictor
