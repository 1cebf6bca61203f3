// Nonces that servers have issued (RFC 3261 section 22): credentials with another were checked by nobody. Keyed hashes,
// bounded, taken once: by number and not by time, since a registration may use one for days. One session lcore.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/recent_set.h"
#include "dataplane/session/sip/message.h"

namespace lictor::sip {

class NonceMemory {
 public:
  // Issued to anybody: the oldest make room. 65,536 are 1 MiB, and some minutes of 100,000 phones that are challenged
  // twice an hour, each time with another.
  static constexpr size_t kIssuedMax = 1 << 16;
  // That came with credentials which somebody asks for: what others are challenged with takes no place of theirs.
  static constexpr size_t kUsedMax = 1 << 12;
  // In one message, of all its challenges; what is behind is none.
  static constexpr size_t kOfMessageMax = 16;
  // Longer ones are nobody's. AKA's have 44 octets and what a server adds (RFC 3310).
  static constexpr size_t kNonceBytesMax = 1024;

  explicit NonceMemory(const HashKey& key) : key_(key), issued_(kIssuedMax), used_(kUsedMax) {}

  // Whether `message` is an answer that issues nonces, where a server sent it.
  [[nodiscard]] static bool is_issuing(const Message& message) noexcept;
  // A server of the set sent it: challenges of its 401 or 407, and what its 2xx says will be the next one.
  void hear(const Message& message, uint16_t source_set, PacketTime now) noexcept;

  // `nonce` is as it stands, with its quotes.
  [[nodiscard]] bool is_issued(Bytes nonce, uint16_t source_set) const noexcept;
  // It came with credentials that somebody asks for.
  void keep(Bytes nonce, uint16_t source_set, PacketTime now) noexcept;

 private:
  [[nodiscard]] uint64_t hash_of(Bytes nonce, uint16_t source_set) const noexcept;

  HashKey key_;
  RecentSet issued_;
  RecentSet used_;
};

}  // namespace lictor::sip
