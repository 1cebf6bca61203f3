#include "dataplane/packet/parse_frame.h"

#include <algorithm>

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

constexpr uint16_t kLengthMax = 1500;         // IEEE 802.3, 3.2.6: up to here the field is a length, and LLC follows
constexpr uint32_t kSnapHeader = 0xaaaa0300;  // DSAP, SSAP, unnumbered information; then the OUI's first octet

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }
bool is_mpls(uint16_t type) { return type == 0x8847 || type == 0x8848; }
bool is_pppoe(uint16_t type) { return type == 0x8864; }
bool is_nsh(uint16_t type) { return type == 0x894f; }

// The EtherType behind LLC/SNAP with OUI 00-00-00 (RFC 1042), else 0. `in` then stands behind the header.
uint16_t take_snap(ByteReader& in) {
  const uint32_t llc = in.u32();
  const uint16_t oui_rest = in.u16();
  const uint16_t type = in.u16();
  return in.ok() && llc == kSnapHeader && oui_rest == 0 ? type : uint16_t{0};
}

// As a new one, as far as anybody looks.
inline void clear(ParsedFrame& frame) {
  frame.result = ParseResult::kNotIp;
  frame.level_count = 0;
  frame.inner_damaged = false;
  frame.too_deep = false;
  frame.level[0] = IpLevel{};
}

// The tags behind the two addresses. The EtherType behind them is in `type`.
Layer parse_tags(Walk& walk, ByteReader& in, uint16_t& type) noexcept {
  IpLevel& level = walk.level();
  while (is_tag(type)) {
    if (level.vlan_count == kVlanTagsMax) return walk.stop(PacketDrop::kTooManyTags);
    const uint16_t tag = in.u16();
    type = in.u16();
    if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
    level.vlans[level.vlan_count++] = tag & 0x0fff;  // without priority and drop eligibility
  }
  return Layer::kEthernet;
}

Layer parse_ethernet(Walk& walk) noexcept {
  IpLevel& level = walk.level();
  level.vlan_count = 0;
  level.vlans = {};
  level.ethernet_offset = static_cast<uint32_t>(walk.at);
  ByteReader in(walk.rest());
  const Bytes fixed = in.take(14);  // destination, source, type
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  uint16_t type = be16(fixed, 12);
  if (is_tag(type) && parse_tags(walk, in, type) == Layer::kNothing) return Layer::kNothing;
  if (type <= kLengthMax) {
    type = take_snap(in);
    if (!in.ok()) return Layer::kNothing;
  }
  walk.advance_to(in);
  return layer_of_type(type, walk.trust);
}

Layer parse_layer(Layer layer, Walk& walk) noexcept {
  switch (layer) {
    case Layer::kEthernet:
      return parse_ethernet(walk);
    case Layer::kIpv4:
      return parse_ipv4(walk);
    case Layer::kIpv6:
      return parse_ipv6(walk);
    case Layer::kMpls:
      return parse_mpls(walk);
    case Layer::kPppoe:
      return parse_pppoe(walk);
    case Layer::kPpp:
      return parse_ppp(walk);
    case Layer::kGre:
      return parse_gre(walk);
    case Layer::kNsh:
      return parse_nsh(walk);
    case Layer::kVxlan:
      return parse_vxlan(walk);
    case Layer::kVxlanGpe:
      return parse_vxlan_gpe(walk);
    case Layer::kGeneve:
      return parse_geneve(walk);
    case Layer::kGtpU:
      return parse_gtp_u(walk);
    case Layer::kL2tpUdp:
      return parse_l2tp_udp(walk);
    case Layer::kL2tpIp:
      return parse_l2tp_ip(walk);
    case Layer::kNothing:
      break;
  }
  return Layer::kNothing;
}

// All headers of a frame; those inside of its one level where that was found already.
void walk_through(Walk& walk, bool plain) noexcept {
  Layer layer = Layer::kEthernet;
  size_t headers = 0;
  if (plain) {
    headers = 2;
    walk.at = walk.frame.level[0].offset;
    walk.cut(walk.frame.level[0].bytes);
    layer = enter_level(walk, walk.frame.level[0]);
  }
  for (; layer != Layer::kNothing; ++headers) {
    if (headers == kHeadersMax) return void(walk.stop_deep());
    layer = parse_layer(layer, walk);
  }
}

// The IP header of a plain packet at `at`: IPv4 without options that is whole, IPv6 without extension headers; TCP or
// UDP, its ports in `header`. False for whatever is not: `level` then stays as it was.
template <bool ipv6>
inline bool parse_plain_ip(Bytes header, size_t at, uint32_t end, IpLevel& level) {
  constexpr size_t kFixed = ipv6 ? 40 : 20;
  if (header.size() < at + kFixed + 4) return false;
  const Bytes ip = header.subspan(at);
  if (ipv6 ? ip[0] >> 4 != 6 : ip[0] != 0x45 || (be16(ip, 6) & 0x3fff) != 0) return false;
  const uint8_t protocol = ip[ipv6 ? 6 : 9];
  if (protocol != kTcp && protocol != kUdp) return false;
  const uint32_t whole = ipv6 ? 40U + be16(ip, 4) : be16(ip, 2);
  if (whole < kFixed + 4) return false;
  level.ipv6 = ipv6;
  level.ports_known = true;
  level.protocol = protocol;
  level.source_port = be16(ip, kFixed);
  level.destination_port = be16(ip, kFixed + 2);
  level.offset = static_cast<uint32_t>(at);
  level.whole_bytes = whole;
  level.bytes = std::min(whole, end - level.offset);
  level.transport_offset = static_cast<uint32_t>(at + kFixed);
  return true;
}

// What nearly every frame is, at a fifth of what the walk costs: its outermost level, and the same as the walk's. False
// for anything out of the ordinary, which is left to the walk: nothing is decided here that it would decide otherwise.
inline bool parse_plain(Bytes header, uint32_t end, ParsedFrame& frame) {
  IpLevel& level = frame.level[0];
  if (header.size() < 14) return false;
  uint16_t type = be16(header, 12);
  size_t at = 14;
  while (is_tag(type) && level.vlan_count < kVlanTagsMax && header.size() >= at + 4) {
    level.vlans[level.vlan_count++] = be16(header, at) & 0x0fff;
    type = be16(header, at + 2);
    at += 4;
  }
  const bool plain = type == kTypeIpv4   ? parse_plain_ip<false>(header, at, end, level)
                     : type == kTypeIpv6 ? parse_plain_ip<true>(header, at, end, level)
                                         : false;
  if (!plain) return false;
  level.ethernet_offset = 0;
  frame.result = ParseResult::kIp;
  frame.level_count = 1;
  return true;
}

}  // namespace

Layer layer_of_type(uint16_t type, const EncapsulationTrust& trust) {
  if (type == kTypeIpv4) return Layer::kIpv4;
  if (type == kTypeIpv6) return Layer::kIpv6;
  if (is_mpls(type) && trust.trusts_labels()) return Layer::kMpls;
  if (is_pppoe(type) && trust.trusts(Encapsulation::kPppoe)) return Layer::kPppoe;
  if (is_nsh(type) && trust.trusts(Encapsulation::kNsh)) return Layer::kNsh;
  return Layer::kNothing;
}

bool looks_like_ethernet(Bytes octets) noexcept {
  ByteReader in(octets);
  in.take(12);
  uint16_t type = in.u16();
  for (size_t tags = 0; tags < kVlanTagsMax && is_tag(type); ++tags) {
    in.u16();
    type = in.u16();
  }
  if (type <= kLengthMax) type = take_snap(in);
  if (!in.ok()) return false;
  if (is_mpls(type) || is_pppoe(type)) return true;
  const uint8_t first = in.u8();
  if (!in.ok()) return false;
  return (type == kTypeIpv4 && first >= 0x45 && first <= 0x4f) || (type == kTypeIpv6 && first >> 4 == 6);
}

void parse_frame(Bytes header, uint32_t frame_bytes, const EncapsulationTrust& trust, ParsedFrame& frame) noexcept {
  clear(frame);
  const uint32_t end = std::max(frame_bytes, static_cast<uint32_t>(header.size()));
  const bool plain = parse_plain(header, end, frame);
  if (plain && trust.trusted == 0) return;
  Walk walk{.header = header, .at = 0, .end = end, .trust = trust, .frame = frame};
  walk_through(walk, plain);
}

ParsedFrame parse_frame(Bytes header, uint32_t frame_bytes, const EncapsulationTrust& trust) noexcept {
  ParsedFrame frame;
  parse_frame(header, frame_bytes, trust, frame);
  return frame;
}

void parse_batch(PacketBatch& batch, uint32_t frame_bytes_max, const EncapsulationTrust& trust) noexcept {
  for (size_t i = 0; i < batch.count; ++i) {
    ParsedFrame& frame = batch.parsed[i];
    if (batch.frame_bytes[i] <= frame_bytes_max) {
      parse_frame(batch.header[i], batch.frame_bytes[i], trust, frame);
    } else {
      clear(frame);
      frame.result = ParseResult::kDropped;
      frame.drop = PacketDrop::kFrameTooLong;
    }
  }
}

}  // namespace lictor
