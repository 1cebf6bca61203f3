// From a frame of another link type to an Ethernet frame, one at a time: pure functions over hostile bytes. Link types
// are libpcap's DLT_ values. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace lictor {

constexpr size_t kEthernetHeaderBytes = 14;

// IEEE 802 local experimental EtherType 1: stands for protocols that have no EtherType of their own.
constexpr uint16_t kEtherTypeLocal = 0x88b5;
// RFC 7042, appendix B: a PPP frame from its protocol field on.
constexpr uint16_t kEtherTypePpp = 0x880b;

// An Ethernet frame in two pieces: the first `header_bytes` of `header`, then `payload`, which lies in the frame given.
struct AdaptedFrame {
  std::array<uint8_t, kEthernetHeaderBytes> header{};
  size_t header_bytes = 0;
  Bytes payload;
  size_t removed_bytes = 0;  // of the old link header

  [[nodiscard]] Bytes head() const { return Bytes(header).first(header_bytes); }
};

// Ethernet, Linux cooked (1 and 2), BSD null and loop, PPP (also in HDLC framing, also with direction), raw IP.
bool can_adapt(int link_type);

// Ethernet passes as it is. Otherwise a header with locally administered addresses takes the old one's place, and its
// EtherType is what the old header said: an EtherType as it is (VLAN tags and non-IP protocols too), an address family
// or PPP protocol translated, kEtherTypePpp or kEtherTypeLocal where there is none to translate to. A frame that ends
// inside its old link header becomes 12 octets of addresses, which every reader counts as truncated. `link_type` must
// be one that can_adapt().
AdaptedFrame adapt_frame(int link_type, Bytes frame);

}  // namespace lictor
