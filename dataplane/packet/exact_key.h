// What a packet can be looked up by: a masked address, an address with a port, a tunnel, a MAC address, a stack of
// tags. One form for all of them, so that one table holds them all. Plain values, any thread.
#pragma once

#include <bit>
#include <cstdint>

namespace lictor {

struct Ipv4Key {
  uint32_t value = 0;
  static constexpr uint8_t kBits = 32;

  friend bool operator==(Ipv4Key, Ipv4Key) = default;
  [[nodiscard]] Ipv4Key masked(uint8_t bits) const { return {bits == 0 ? 0 : value & UINT32_MAX << (32 - bits)}; }
  // The upper half of the hash is well mixed.
  [[nodiscard]] uint64_t hash() const { return wire_hash(__builtin_bswap32(value)); }
  // The same, from the four octets as a packet has them, loaded by this machine.
  [[gnu::always_inline]] static uint64_t wire_hash(uint32_t octets) { return octets * kMultiplier; }
  static constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;
};

struct Ipv6Key {
  uint64_t high = 0;
  uint64_t low = 0;
  static constexpr uint8_t kBits = 128;

  friend bool operator==(Ipv6Key, Ipv6Key) = default;
  [[nodiscard]] Ipv6Key masked(uint8_t bits) const {
    if (bits <= 64) return {bits == 0 ? 0 : high & UINT64_MAX << (64 - bits), 0};
    return {high, low & UINT64_MAX << (128 - bits)};
  }
  [[nodiscard]] uint64_t hash() const { return wire_hash(__builtin_bswap64(high), __builtin_bswap64(low)); }
  [[gnu::always_inline]] static uint64_t wire_hash(uint64_t first, uint64_t last) {
    return (first ^ std::rotl(last * 0xff51afd7ed558ccd, 31)) * 0x9e3779b97f4a7c15;
  }
};

// The keys of an address in network order. `octets` holds 4, or 16.
inline Ipv4Key ipv4_key(const uint8_t* octets) {
  return {static_cast<uint32_t>(octets[0]) << 24 | static_cast<uint32_t>(octets[1]) << 16 |
          static_cast<uint32_t>(octets[2]) << 8 | octets[3]};
}
inline Ipv6Key ipv6_key(const uint8_t* octets) {
  const auto word = [octets](size_t at) { return uint64_t{ipv4_key(octets + at).value}; };
  return {word(0) << 32 | word(4), word(8) << 32 | word(12)};
}

// The hash of an address and a port, from the address's.
inline uint64_t endpoint_hash(uint64_t address_hash, uint16_t port) {
  return (address_hash ^ (uint64_t{port} + 1) * 0xd6e8feb86659fd93) * 0x9e3779b97f4a7c15;
}

// What a second filter is asked, so that it is not mistaken where the first was.
inline uint64_t hash_again(uint64_t hash) { return std::rotl(hash, 29) * 0xff51afd7ed558ccd; }

struct ExactKey {
  enum class Kind : uint8_t { kIpv4, kIpv6, kIpv4Endpoint, kIpv6Endpoint, kTeid, kMac, kVlans };

  uint64_t high = 0;
  uint64_t low = 0;
  uint32_t extra = 0;  // prefix length, port, number of tags
  Kind kind = Kind::kIpv4;

  friend bool operator==(const ExactKey&, const ExactKey&) = default;
  // Well mixed in all of its bits.
  [[nodiscard]] uint64_t hash() const {
    uint64_t mixed = (high ^ std::rotl(low * 0xff51afd7ed558ccd, 31)) +
                     (uint64_t{extra} << 8 | static_cast<uint64_t>(kind)) * 0xd6e8feb86659fd93;
    mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15;
    return mixed ^ mixed >> 29;
  }
};

inline ExactKey prefix_key(Ipv4Key address, uint8_t bits) {
  return {.low = address.masked(bits).value, .extra = bits, .kind = ExactKey::Kind::kIpv4};
}
inline ExactKey prefix_key(Ipv6Key address, uint8_t bits) {
  const Ipv6Key masked = address.masked(bits);
  return {.high = masked.high, .low = masked.low, .extra = bits, .kind = ExactKey::Kind::kIpv6};
}
inline ExactKey endpoint_key(Ipv4Key address, uint16_t port) {
  return {.low = address.value, .extra = port, .kind = ExactKey::Kind::kIpv4Endpoint};
}
inline ExactKey endpoint_key(Ipv6Key address, uint16_t port) {
  return {.high = address.high, .low = address.low, .extra = port, .kind = ExactKey::Kind::kIpv6Endpoint};
}
inline ExactKey teid_key(uint32_t teid) { return {.low = teid, .kind = ExactKey::Kind::kTeid}; }
// `octets` holds 6.
inline ExactKey mac_key(const uint8_t* octets) {
  const uint64_t value = uint64_t{ipv4_key(octets).value} << 16 | static_cast<uint64_t>(octets[4]) << 8 | octets[5];
  return {.low = value, .kind = ExactKey::Kind::kMac};
}
template <typename Vlans>
ExactKey vlans_key(const Vlans& vlans, uint8_t count) {
  ExactKey key{.extra = count, .kind = ExactKey::Kind::kVlans};
  for (uint8_t i = 0; i < count; ++i) key.low = key.low << 16 | vlans[i];
  return key;
}

}  // namespace lictor
