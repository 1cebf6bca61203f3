// MD5 by OpenSSL's own function and not by EVP: that allocates for each digest, and is no faster (perf/radius_bench).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "dataplane/session/radius/authenticator.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace lictor::radius {

struct SharedSecret::Memory {
  size_t bytes;
  MD5_CTX inner;  // of HMAC (RFC 2104): what has taken in the key, and goes on with the message
  MD5_CTX outer;
  std::array<uint8_t, kBytesMax> octets;
};

// One digest. What it leaves of a secret behind is in its block, and MD5_Final cleans that.
class Md5 {
 public:
  Md5() { MD5_Init(&state_); }

  static Md5 hmac_inner(const SharedSecret& secret) { return Md5(secret.memory_->inner); }
  static Md5 hmac_outer(const SharedSecret& secret) { return Md5(secret.memory_->outer); }
  static Bytes octets_of(const SharedSecret& secret) {
    return Bytes(secret.memory_->octets).first(secret.memory_->bytes);
  }

  void add(Bytes octets) { MD5_Update(&state_, octets.data(), octets.size()); }
  std::array<uint8_t, MD5_DIGEST_LENGTH> digest() {
    std::array<uint8_t, MD5_DIGEST_LENGTH> result;
    MD5_Final(result.data(), &state_);
    return result;
  }
  [[nodiscard]] const MD5_CTX& state() const { return state_; }

 private:
  explicit Md5(const MD5_CTX& state) : state_(state) {}

  MD5_CTX state_;
};

namespace {

constexpr size_t kDigestBytes = MD5_DIGEST_LENGTH;
constexpr size_t kCodeToLength = 4;
constexpr std::array<uint8_t, kDigestBytes> kZeros{};

MD5_CTX state_with(Bytes key, uint8_t pad) {
  std::array<uint8_t, MD5_CBLOCK> block{};
  std::copy(key.begin(), key.end(), block.begin());
  for (uint8_t& octet : block) octet ^= pad;
  Md5 digest;
  digest.add(block);
  OPENSSL_cleanse(block.data(), block.size());
  return digest.state();
}

bool equal(Bytes one, Bytes other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

// MD5 over the message with another authenticator, and the secret.
bool header_holds(const Message& message, Bytes authenticator, const SharedSecret& secret) {
  Md5 md5;
  md5.add(message.octets.first(kCodeToLength));
  md5.add(authenticator);
  md5.add(message.octets.subspan(kHeaderBytes));
  md5.add(Md5::octets_of(secret));
  return equal(md5.digest(), message.authenticator);
}

// HMAC-MD5 over the message with another authenticator and the attribute's own value zero.
bool attribute_holds(const Message& message, Bytes authenticator, const SharedSecret& secret) {
  const auto at = static_cast<size_t>(message.message_authenticator.data() - message.octets.data());
  Md5 inner = Md5::hmac_inner(secret);
  inner.add(message.octets.first(kCodeToLength));
  inner.add(authenticator);
  inner.add(message.octets.subspan(kHeaderBytes, at - kHeaderBytes));
  inner.add(kZeros);
  inner.add(message.octets.subspan(at + kDigestBytes));
  Md5 outer = Md5::hmac_outer(secret);
  outer.add(inner.digest());
  return equal(outer.digest(), message.message_authenticator);
}

bool attribute_holds_if_any(const Message& message, Bytes authenticator, const SharedSecret& secret) {
  return message.message_authenticator.empty() || attribute_holds(message, authenticator, secret);
}

Proof proof_of(bool holds) { return holds ? Proof::kProven : Proof::kWrong; }

}  // namespace

Proof check_request(const Message& message, const SharedSecret& secret) noexcept {
  if (message.is(Code::kAccessRequest)) {
    if (message.message_authenticator.empty()) return Proof::kUnprovable;
    return proof_of(attribute_holds(message, message.authenticator, secret));
  }
  const bool carries =
      message.is(Code::kAccountingRequest) || message.is(Code::kDisconnectRequest) || message.is(Code::kCoaRequest);
  if (!carries) return Proof::kUnprovable;
  return proof_of(header_holds(message, kZeros, secret) && attribute_holds_if_any(message, kZeros, secret));
}

Proof check_response(const Message& message, Bytes request_authenticator, const SharedSecret& secret) noexcept {
  switch (static_cast<Code>(message.code)) {
    case Code::kAccessAccept:
    case Code::kAccessReject:
    case Code::kAccessChallenge:
    case Code::kAccountingResponse:
    case Code::kDisconnectAck:
    case Code::kDisconnectNak:
    case Code::kCoaAck:
    case Code::kCoaNak:
      return proof_of(header_holds(message, request_authenticator, secret) &&
                      attribute_holds_if_any(message, request_authenticator, secret));
    default:
      return Proof::kUnprovable;
  }
}

Result<std::shared_ptr<const SharedSecret>> SharedSecret::make(Bytes octets) {
  static_assert(sizeof(Memory) <= kLockedBytes);
  if (octets.empty() || octets.size() > kBytesMax) return absl::InvalidArgumentError("must be 1 to 128 octets");
  void* const room = OPENSSL_secure_malloc(sizeof(Memory));
  if (room == nullptr) return absl::ResourceExhaustedError("no locked memory is left");
  auto* const memory = new (room) Memory{};
  memory->bytes = octets.size();
  std::copy(octets.begin(), octets.end(), memory->octets.begin());
  std::array<uint8_t, kDigestBytes> shortened{};
  Bytes key = octets;
  if (octets.size() > MD5_CBLOCK) {
    Md5 md5;
    md5.add(octets);
    shortened = md5.digest();
    key = shortened;
  }
  memory->inner = state_with(key, 0x36);
  memory->outer = state_with(key, 0x5c);
  OPENSSL_cleanse(shortened.data(), shortened.size());
  return std::shared_ptr<const SharedSecret>(new SharedSecret(memory));
}

SharedSecret::~SharedSecret() { OPENSSL_secure_clear_free(memory_, sizeof(Memory)); }

}  // namespace lictor::radius
