// What the parser says of one frame: its IP levels from the outside in, where each of them is, how much of it belongs
// to the packet, and the fields that classification asks for. A plain value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"

namespace lictor {

// More 802.1Q/802.1ad tags than this are dropped as kTooManyTags: a stack that deep is not a network that anybody
// built.
constexpr size_t kVlanTagsMax = 4;

// How far an IPv6 extension header chain is followed to the transport header. A longer chain only leaves the ports
// unknown.
constexpr size_t kExtensionHeadersMax = 8;

// IP levels of a frame that are looked at. What is nested deeper counts as `too_deep` and is not matched.
constexpr size_t kIpLevelsMax = 4;

// Headers of a frame that are looked at, of whatever kind; a stack of labels or tags is one. Enough for kIpLevelsMax
// levels with Ethernet, labels, tunnel and PPP around each.
constexpr size_t kHeadersMax = 24;

// Labels of one MPLS stack that are followed. RFC 8662 has routers read a dozen; more is not a network that anybody
// built.
constexpr size_t kLabelsMax = 16;

// A label, VNI or TEID that a level does not have.
constexpr uint32_t kNoContext = UINT32_MAX;

enum class FragmentKind : uint8_t { kWhole, kFirst, kLater };

// One IP header and the context in which it stands. A level inherits tags, label and tunnel identifiers from the level
// around it until an encapsulation sets its own; an inner Ethernet header begins a new stack of tags.
struct IpLevel {
  bool ipv6 = false;
  bool ports_known = false;  // false in later fragments, where the header is cut, encrypted or too deep
  uint8_t protocol = 0;      // of the transport, after IPv6 extension headers and AH; 0: not known (or, of IPv4, 0)
  FragmentKind fragment = FragmentKind::kWhole;
  uint16_t source_port = 0;       // of TCP, UDP, SCTP; the type of ICMP and ICMPv6
  uint16_t destination_port = 0;  // of TCP, UDP, SCTP; the code of ICMP and ICMPv6
  uint8_t vlan_count = 0;
  std::array<uint16_t, kVlanTagsMax> vlans{};  // identifiers of the nearest Ethernet header's tags, outermost first
  uint32_t offset = 0;                         // of the IP header in the frame
  uint32_t bytes = 0;                          // captured octets of the IP packet: padding is cut off by the IP length
  uint32_t whole_bytes = 0;       // octets that the packet claims; more than `bytes` where it was captured in part
  uint32_t transport_offset = 0;  // of the transport header in the frame; 0: not reached
  uint32_t fragment_id = 0;       // of a fragment
  uint32_t ethernet_offset = kNoContext;  // of the nearest Ethernet header in the frame
  uint32_t label =
      kNoContext;              // the bottom of the nearest MPLS stack, entropy labels apart: the one that names the VPN
  uint32_t vni = kNoContext;   // VXLAN, VXLAN-GPE, Geneve and NVGRE
  uint32_t teid = kNoContext;  // GTP-U
};

// What a level hands on to the level inside of it.
inline IpLevel context_of(const IpLevel& level) {
  return {.vlan_count = level.vlan_count,
          .vlans = level.vlans,
          .ethernet_offset = level.ethernet_offset,
          .label = level.label,
          .vni = level.vni,
          .teid = level.teid};
}

enum class ParseResult : uint8_t {
  kIp,       // one level at least
  kNotIp,    // nothing to match an address in
  kDropped,  // `drop` says why
};

struct ParsedFrame {
  ParseResult result = ParseResult::kNotIp;
  PacketDrop drop = PacketDrop::kTruncated;  // of kDropped only
  uint8_t level_count = 0;
  bool inner_damaged = false;  // a trusted encapsulation whose inside cannot be read; the levels around it count
  bool too_deep = false;       // more levels or headers than are looked at; those that were found count
  std::array<IpLevel, kIpLevelsMax> level;  // outermost first; what is behind level_count means nothing

  [[nodiscard]] std::span<const IpLevel> levels() const { return {level.data(), level_count}; }
};

}  // namespace lictor
