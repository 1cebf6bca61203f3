// Random addresses, uniform over what is routed: for traffic and for the targets that it must miss. Plain, any thread.
#pragma once

#include <cstdint>
#include <random>

#include "dataplane/packet/ip_prefix.h"

namespace lictor::perf {

using Random = std::mt19937_64;

// The prefix of `bits` around a random address: IPv4 below the multicast range, IPv6 whose first bits are 001.
inline IpPrefix random_prefix(Random& random, bool ipv6, uint8_t bits) {
  IpPrefix prefix{.ipv6 = ipv6, .bits = bits};
  const size_t octets = ipv6 ? 16 : 4;
  for (size_t i = 0; i < octets; ++i) prefix.octets[i] = static_cast<uint8_t>(random() >> 32);
  prefix.octets[0] =
      ipv6 ? static_cast<uint8_t>(0x20 | (prefix.octets[0] & 0x1f)) : static_cast<uint8_t>(1 + prefix.octets[0] % 223);
  for (size_t bit = bits; bit < octets * 8; ++bit) {
    prefix.octets[bit / 8] = static_cast<uint8_t>(prefix.octets[bit / 8] & ~(0x80U >> bit % 8));
  }
  return prefix;
}

inline IpPrefix random_host(Random& random, bool ipv6) { return random_prefix(random, ipv6, ipv6 ? 128 : 32); }

}  // namespace lictor::perf
