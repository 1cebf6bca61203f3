// Puts the payload of a finished PS-PDU into an EncryptionContainer and encrypts it (TS 102 232-1, Payload [4] and its
// annex on encryption). In two steps, because an agency may want the integrity hash over what lies between them:
//
//   wrap():    30 L { A1 header | A2 L { A4 L { 80 01 none | 81 L EncryptedPayload, zeros up to 16 | 82 01 part } } }
//              EncryptedPayload: 30 L { 80 08 byteCounter | A1 L { the payload as it was } }
//   encrypt(): the octets of [1] by AES-CBC without padding, the IV four times the sequence number; the type in [0]
//
// One task's, used by one encoder lcore; the contexts are made beforehand, nothing allocates.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "encoders/etsi/payload_key.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// encryptedPayloadType: which part of TS 102 232 the payload is of.
enum class PayloadPart : uint8_t { kInternet = 3, kLayer2 = 4, kMultimedia = 5, kAdministration = 8 };

class PayloadContainer {
 public:
  // All that a container adds to a PDU, padding too.
  static constexpr size_t kOverheadMax = 64;

  // InvalidArgument where the key is not of the method's length; ResourceExhausted where OpenSSL has no memory.
  // `started`: what the byte counters begin with.
  static Result<std::unique_ptr<PayloadContainer>> make(PayloadEncryption method, const SharedPayloadKey& key,
                                                        LegalTime started, Lengths lengths = Lengths::kShortest);

  // The PDU in room[kOverheadMax, kOverheadMax + bytes) becomes one with a container at the front of `room`, which has
  // kOverheadMax more than that; answers its length. `is_cc`: which of the two byte counters counts it.
  size_t wrap(MutableBytes room, size_t bytes, PayloadPart part, bool is_cc) noexcept;
  // The record that was wrapped last, once, wherever its octets are now; `number` is in its header.
  void encrypt(MutableBytes record, uint32_t number) noexcept;

 private:
  struct ContextFree {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };

  PayloadContainer(PayloadEncryption method, LegalTime started, Lengths lengths);
  template <Lengths kLengths>
  size_t wrap_as(MutableBytes room, size_t bytes, PayloadPart part, bool is_cc) noexcept;
  [[nodiscard]] bool encrypts() const { return method_ != PayloadEncryption::kContainer; }

  const PayloadEncryption method_;
  const Lengths lengths_;
  std::unique_ptr<EVP_CIPHER_CTX, ContextFree> context_;
  std::array<uint64_t, 2> counters_;  // of HI2 and of HI3
  // Of the record that was wrapped last.
  size_t type_at_ = 0;
  size_t octets_at_ = 0;
  size_t octets_ = 0;  // 0: there is nothing to encrypt
};

}  // namespace lictor
