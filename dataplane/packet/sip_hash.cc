#include "dataplane/packet/sip_hash.h"

#include <sys/random.h>

#include <bit>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded as they stand in memory");

struct State {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void take(uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }

  void finish() {
    for (int i = 0; i < 3; ++i) round();
  }

  [[nodiscard]] uint64_t folded() const { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

HashKey HashKey::random() {
  HashKey key;
  LICTOR_CHECK(getrandom(&key, sizeof(key), 0) == static_cast<ssize_t>(sizeof(key)));
  return key;
}

Hash128 sip_hash(const HashKey& key, std::span<const uint64_t> words, Bytes octets) noexcept {
  State state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d ^ 0xee, key.low ^ 0x6c7967656e657261,
              key.high ^ 0x7465646279746573};
  for (const uint64_t word : words) state.take(word);
  const size_t whole = octets.size() / 8;
  for (size_t i = 0; i < whole; ++i) {
    uint64_t word;
    std::memcpy(&word, octets.data() + i * 8, 8);
    state.take(word);
  }
  uint64_t last = static_cast<uint64_t>(words.size() * 8 + octets.size()) << 56;
  for (size_t i = whole * 8; i < octets.size(); ++i) last |= uint64_t{octets[i]} << (i - whole * 8) * 8;
  state.take(last);
  state.v2 ^= 0xee;
  state.finish();
  const uint64_t low = state.folded();
  state.v1 ^= 0xdd;
  state.finish();
  return {low, state.folded()};
}

}  // namespace lictor
