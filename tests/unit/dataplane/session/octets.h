// Octets for the tests of dataplane/session. Any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor {

using Octets = std::vector<uint8_t>;

inline void append(Octets& octets, const Octets& more) { octets.insert(octets.end(), more.begin(), more.end()); }

inline Octets join(std::initializer_list<Octets> parts) {
  Octets whole;
  for (const Octets& part : parts) append(whole, part);
  return whole;
}

inline Octets octets_of(std::string_view text) { return {text.begin(), text.end()}; }
inline Octets octets_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

inline Octets big16(unsigned value) { return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}; }
inline Octets big32(uint32_t value) { return join({big16(value >> 16), big16(value & 0xffff)}); }

}  // namespace lictor
