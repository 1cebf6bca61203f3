// Octets for the tests of dataplane/session. Any thread.
#pragma once

#include <string_view>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

inline Octets octets_of(std::string_view text) { return {text.begin(), text.end()}; }
inline Octets octets_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

inline Octets big16(unsigned value) { return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}; }
inline Octets big32(uint32_t value) { return join({big16(value >> 16), big16(value & 0xffff)}); }

}  // namespace lictor
