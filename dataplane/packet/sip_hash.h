// SipHash (Aumasson, Bernstein) with 128 bits of result: a keyed hash whose collisions nobody finds who has not the
// key, at a cycle or less an octet. For tables whose keys hostile senders choose. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/bytes.h"

namespace lictor {

struct HashKey {
  uint64_t low = 0;
  uint64_t high = 0;

  // From the kernel's generator. At start only: it is a system call.
  static HashKey random();
};

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// SipHash-1-3 of `words`, each as its 8 octets, least significant first, and then `octets`.
Hash128 sip_hash(const HashKey& key, std::span<const uint64_t> words, Bytes octets) noexcept;

}  // namespace lictor
