// IPv4 and IPv6: where the packet ends, its fragments, its transport, and what that carries.

#include "dataplane/packet/parse_transport.h"
#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

// IANA protocol numbers and ports.
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kIpv4InIp = 4;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kIpv6InIp = 41;
constexpr uint8_t kGre = 47;
constexpr uint8_t kL2tp = 115;
constexpr uint8_t kMplsInIp = 137;
constexpr uint16_t kGtpUPort = 2152;
constexpr uint16_t kL2tpPort = 1701;
constexpr uint16_t kVxlanGpePort = 4790;
constexpr uint16_t kMplsInUdpPort = 6635;  // RFC 7510
constexpr size_t kUdpHeader = 8;

constexpr uint8_t kOptionPad1 = 0;
constexpr uint8_t kOptionJumbo = 0xc2;
constexpr uint16_t kMoreFragments = 0x2000;

bool is_one_of(uint16_t port, const std::array<uint16_t, EncapsulationTrust::kPortsMax>& ports) {
  return port != 0 && std::ranges::find(ports, port) != ports.end();
}

// The tunnel that a UDP header with these ports begins, where it is trusted.
Layer layer_of_udp(const IpLevel& level, const EncapsulationTrust& trust) {
  const uint16_t to = level.destination_port;
  if (to == kGtpUPort && trust.trusts(Encapsulation::kGtpU)) return Layer::kGtpU;
  if (trust.trusts(Encapsulation::kVxlan) && is_one_of(to, trust.vxlan_ports)) return Layer::kVxlan;
  if (trust.trusts(Encapsulation::kGeneve) && is_one_of(to, trust.geneve_ports)) return Layer::kGeneve;
  if (to == kVxlanGpePort && trust.trusts(Encapsulation::kVxlanGpe)) return Layer::kVxlanGpe;
  if (to == kMplsInUdpPort && trust.trusts_labels()) return Layer::kMpls;
  // RFC 2661, 8.1: the answering side may choose its port, so either may be the well-known one.
  const bool l2tp = to == kL2tpPort || level.source_port == kL2tpPort;
  return l2tp && trust.trusts(Encapsulation::kL2tp) ? Layer::kL2tpUdp : Layer::kNothing;
}

Layer layer_of_protocol(const IpLevel& level, const EncapsulationTrust& trust) {
  switch (level.protocol) {
    case kUdp:
      return level.ports_known ? layer_of_udp(level, trust) : Layer::kNothing;
    case kIpv4InIp:
      return trust.trusts(Encapsulation::kIpInIp) ? Layer::kIpv4 : Layer::kNothing;
    case kIpv6InIp:
      return trust.trusts(Encapsulation::kIpInIp) ? Layer::kIpv6 : Layer::kNothing;
    case kGre:
      return trust.trusts_gre() ? Layer::kGre : Layer::kNothing;
    case kMplsInIp:
      return trust.trusts_labels() ? Layer::kMpls : Layer::kNothing;
    case kL2tp:
      return trust.trusts(Encapsulation::kL2tp) ? Layer::kL2tpIp : Layer::kNothing;
    default:
      return Layer::kNothing;
  }
}

// The length in the jumbo payload option of the hop-by-hop header at the front of `rest` (RFC 2675, section 2), else 0.
uint32_t jumbo_bytes(Bytes rest) {
  ByteReader in(rest);
  in.u8();  // next header
  const size_t options_bytes = in.u8() * size_t{8} + 6;
  ByteReader options(in.rest().first(std::min(in.remaining(), options_bytes)));
  while (options.ok() && options.remaining() > 0) {
    const uint8_t type = options.u8();
    if (type == kOptionPad1) continue;
    const uint8_t length = options.u8();
    ByteReader value(options.take(length));
    if (type == kOptionJumbo && length == 4 && options.ok()) return value.u32();
  }
  return 0;
}

}  // namespace

Layer enter_level(Walk& walk, const IpLevel& level) noexcept {
  if (walk.trust.trusted == 0 || level.transport_offset == 0) return Layer::kNothing;
  const Layer inside = layer_of_protocol(level, walk.trust);
  if (inside == Layer::kNothing) return Layer::kNothing;
  if (walk.frame.level_count == kIpLevelsMax) return walk.stop_deep();
  walk.level() = context_of(level);
  walk.at = level.transport_offset;
  if (level.protocol == kUdp) {
    if (walk.rest().size() < kUdpHeader) return walk.stop(PacketDrop::kTruncated);
    walk.at += kUdpHeader;
  }
  return inside;
}

Layer parse_ipv4(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  if (in.remaining() > 0 && in.rest()[0] >> 4 != 4) return walk.stop(PacketDrop::kBadVersion);
  const Bytes fixed = in.take(20);
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  const uint32_t header_bytes = (fixed[0] & 15U) * 4U;
  const uint16_t total = be16(fixed, 2);
  const uint16_t fragment = be16(fixed, 6);
  const uint8_t protocol = fixed[9];
  if (header_bytes < 20) return walk.stop(PacketDrop::kBadHeaderLength);
  if (total != 0 && total < header_bytes) return walk.stop(PacketDrop::kBadTotalLength);

  IpLevel& level = walk.level();
  level.offset = static_cast<uint32_t>(walk.at);
  level.whole_bytes = total == 0 ? walk.end - level.offset : total;
  level.bytes = std::min(level.whole_bytes, walk.end - level.offset);
  walk.cut(level.bytes);
  walk.frame.result = ParseResult::kIp;
  ++walk.frame.level_count;
  if ((fragment & (kMoreFragments | 0x1fff)) != 0) {
    level.fragment = (fragment & 0x1fff) != 0 ? FragmentKind::kLater : FragmentKind::kFirst;
    level.fragment_id = be16(fixed, 4);
  }
  walk.frame.too_deep |= !parse_transport(protocol, walk.header, walk.at + header_bytes, level);
  return enter_level(walk, level);
}

Layer parse_ipv6(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  if (in.remaining() > 0 && in.rest()[0] >> 4 != 6) return walk.stop(PacketDrop::kBadVersion);
  const Bytes fixed = in.take(40);
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  const uint16_t payload = be16(fixed, 4);
  const uint8_t next = fixed[6];

  IpLevel& level = walk.level();
  level.ipv6 = true;
  level.offset = static_cast<uint32_t>(walk.at);
  const uint32_t claimed = payload == 0 && next == kHopByHop ? jumbo_bytes(in.rest()) : payload;
  level.whole_bytes = claimed > UINT32_MAX - 40 ? UINT32_MAX : claimed + 40;
  level.bytes = std::min(level.whole_bytes, walk.end - level.offset);
  walk.cut(level.bytes);
  walk.frame.result = ParseResult::kIp;
  ++walk.frame.level_count;
  walk.frame.too_deep |= !parse_transport(next, walk.header, walk.at + 40, level);
  return enter_level(walk, level);
}

}  // namespace lictor
