// The octets of a packet that its ends wrote: behind the transport header. Pure functions over hostile octets; any
// thread.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/packet/level_octets.h"

namespace lictor {

constexpr uint8_t kTcpFin = 1;
constexpr uint8_t kTcpSyn = 2;
constexpr uint8_t kTcpReset = 4;
constexpr uint8_t kTcpAcknowledge = 16;

struct TcpSegment {
  uint8_t flags = 0;
  uint32_t sequence = 0;  // of the payload's first octet
  Bytes payload;          // as far as it was captured
};

// Nothing where the level is no TCP, a later fragment, or is cut in the header.
std::optional<TcpSegment> tcp_segment_of(const IpLevel& level, Bytes frame) noexcept;

// Of a packet that is no TCP segment: behind UDP's or SCTP's header, else behind the IP header. What was captured of
// it.
Bytes payload_of(const IpLevel& level, Bytes frame) noexcept;

}  // namespace lictor
