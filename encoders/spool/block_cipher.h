// How a block is sealed and opened: AES-256-GCM under HKDF-SHA256(task's key, segment's salt), nonce the block's
// counter in its segment. Salts are random and a segment that a crash left behind is never appended to, so no (key,
// nonce) comes twice. A seal belongs to one encoder lcore; its contexts are made beforehand, sealing does not allocate.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/base/bytes.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "encoders/spool/secret_key.h"
#include "encoders/spool/segment_format.h"

namespace lictor {

using Salt = std::array<uint8_t, kSaltBytes>;
using KeyId = std::array<uint8_t, 8>;

struct EvpFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, EvpFree>;

// RFC 5869 with SHA-256 and 32 octets of output; a salt of at most 64. Does not allocate.
void hkdf_sha256(Bytes key, Bytes salt, Bytes info, std::span<uint8_t, 32> out);

// The part of a task's seal and of a reader that knows the key of one task in one segment.
class BlockKey {
 public:
  // For sealing or for opening. ResourceExhausted where OpenSSL has no memory.
  static Result<std::unique_ptr<BlockKey>> make(SharedKey key, const Xid& xid, bool seals);

  // The segment that the next blocks are of. Cheap where it is the same as before.
  void enter(const Salt& salt);
  [[nodiscard]] const KeyId& id() const { return id_; }

  // Writes ciphertext and tag of a block whose header is written but for tag and magic. `out` has the room of both
  // parts.
  void seal(const BlockHeader& header, Bytes table, Bytes records, uint8_t* out, std::span<uint8_t, kTagBytes> tag);
  // Reads a block's ciphertext of header.bytes octets. False where it is not what was sealed.
  bool open(const BlockHeader& header, const uint8_t* ciphertext, MutableBytes plain);

 private:
  BlockKey(SharedKey key, const Xid& xid, bool seals, CipherContext cipher);
  void begin(const BlockHeader& header);

  const SharedKey key_;
  const Xid xid_;
  const bool seals_;
  const CipherContext cipher_;
  KeyId id_{};
  Salt salt_{};
  bool entered_ = false;
};

}  // namespace lictor
