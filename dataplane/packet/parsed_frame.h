// What the parser says of one frame: where its outermost IP header is, how much of it belongs to the packet, and the
// few fields that classification asks for. A plain value.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/drop_reason.h"

namespace lictor {

// More 802.1Q/802.1ad tags than this are dropped as kTooManyTags: a stack that deep is not a network that anybody
// built.
constexpr size_t kVlanTagsMax = 4;

// How far an IPv6 extension header chain is followed to the transport header. A longer chain only leaves the ports
// unknown.
constexpr size_t kExtensionHeadersMax = 8;

enum class ParseResult : uint8_t {
  kIpv4,
  kIpv6,
  kNotIp,    // nothing to match an address in
  kDropped,  // `drop` says why
};

struct ParsedFrame {
  ParseResult result = ParseResult::kNotIp;
  PacketDrop drop = PacketDrop::kTruncated;  // of kDropped only
  uint8_t vlan_count = 0;
  uint8_t protocol = 0;      // IP protocol of the transport, after IPv6 extension headers; meaningful with ports_known
  bool ports_known = false;  // false in later fragments, where the header is cut, encrypted or too deep
  std::array<uint16_t, kVlanTagsMax> vlans{};  // identifiers, outermost first
  uint16_t source_port = 0;                    // of TCP, UDP, SCTP; the type of ICMP and ICMPv6
  uint16_t destination_port = 0;               // of TCP, UDP, SCTP; the code of ICMP and ICMPv6
  uint32_t view_offset = 0;                    // of the IP header in the frame
  uint32_t view_bytes = 0;                     // captured octets of the IP packet: padding is cut off by the IP length
  uint32_t view_whole_bytes = 0;  // octets that the packet claims; more than view_bytes where it was captured in part
};

}  // namespace lictor
