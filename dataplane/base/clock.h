// The three clocks that must not be mixed (DESIGN section 3), as types that do not convert into each other.
// LegalTime: windows and leases. PacketTime: arrival stamps, in replay the capture's own. SocketTime: keepalives,
// back-off. Any thread.
#pragma once

#include <compare>
#include <cstdint>

namespace lictor {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

// UTC nanoseconds since the Unix epoch, by the host's disciplined clock.
struct LegalTime {
  int64_t unix_ns = 0;
  friend auto operator<=>(LegalTime, LegalTime) = default;
};

// UTC nanoseconds since the Unix epoch at which a packet arrived. May step backwards.
struct PacketTime {
  int64_t unix_ns = 0;
  friend auto operator<=>(PacketTime, PacketTime) = default;
};

// Monotonic nanoseconds since some start.
struct SocketTime {
  int64_t ns = 0;
  friend auto operator<=>(SocketTime, SocketTime) = default;
};

LegalTime legal_now();
SocketTime socket_now();

}  // namespace lictor
