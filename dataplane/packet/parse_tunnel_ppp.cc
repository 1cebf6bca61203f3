// PPP (RFC 1661) and what carries it: PPPoE sessions (RFC 2516), L2TPv2 (RFC 2661), L2TPv3 over UDP and IP (RFC 3931).
// The control messages of these protocols carry nobody's packets, and are not looked into.

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

constexpr uint8_t kPppoeVersionType = 0x11;
constexpr uint8_t kPppoeSession = 0;
constexpr uint16_t kPppAddressControl = 0xff03;
constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;
constexpr uint16_t kPppMpls = 0x0281;
constexpr uint16_t kPppMplsMulticast = 0x0283;

// Flags of L2TPv2, in the first 16 bits.
constexpr uint16_t kL2tpControl = 0x8000;
constexpr uint16_t kL2tpLength = 0x4000;
constexpr uint16_t kL2tpSequence = 0x0800;
constexpr uint16_t kL2tpOffset = 0x0200;
constexpr uint16_t kL2tpVersion = 0x000f;

constexpr size_t kL2tpSublayer = 4;  // RFC 3931, 4.6: the default one

// The protocol of a PPP frame. Address and control fields may be left out, and the first octet of a protocol below 256.
uint16_t take_protocol(ByteReader& in) {
  const Bytes front = in.rest();
  if (front.size() >= 2 && be16(front, 0) == kPppAddressControl) in.take(2);
  const uint8_t first = in.u8();
  if ((first & 1) != 0) return first;
  return static_cast<uint16_t>(first << 8 | in.u8());
}

// Whether `octets` look like PPP that carries IP.
bool looks_like_ppp(Bytes octets) {
  ByteReader in(octets);
  const uint16_t protocol = take_protocol(in);
  const uint8_t first = in.u8();
  if (!in.ok()) return false;
  return (protocol == kPppIpv4 && first >= 0x45 && first <= 0x4f) || (protocol == kPppIpv6 && first >> 4 == 6);
}

// What an L2TPv3 session carries was agreed on when it was set up, and so was whether a sublayer stands before it.
Layer parse_session(Walk& walk, ByteReader in) {
  in.take(walk.trust.l2tpv3_cookie_bytes);
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  walk.advance_to(in);
  for (const size_t skipped : {size_t{0}, kL2tpSublayer}) {
    if (walk.rest().size() < skipped) break;
    const Bytes octets = walk.rest().subspan(skipped);
    const Layer layer = looks_like_ethernet(octets) ? Layer::kEthernet : Layer::kPpp;
    if (layer == Layer::kPpp && !looks_like_ppp(octets)) continue;
    walk.at += skipped;
    return layer;
  }
  return Layer::kNothing;
}

// L2TPv2 behind its flags and version.
Layer parse_l2tp_v2(Walk& walk, ByteReader in, uint16_t flags) {
  const uint16_t length = (flags & kL2tpLength) != 0 ? in.u16() : uint16_t{0};
  in.u32();  // tunnel, session
  if ((flags & kL2tpSequence) != 0) in.u32();
  if ((flags & kL2tpOffset) != 0) in.take(in.u16());
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if ((flags & kL2tpLength) != 0) {
    const size_t header_bytes = walk.rest().size() - in.remaining();
    if (length < header_bytes) return walk.stop(PacketDrop::kBadTotalLength);
    walk.advance_to(in);
    walk.cut(length - header_bytes);
    return Layer::kPpp;
  }
  walk.advance_to(in);
  return Layer::kPpp;
}

}  // namespace

Layer parse_pppoe(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint8_t version_type = in.u8();
  const uint8_t code = in.u8();
  in.u16();  // session
  const uint16_t length = in.u16();
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if (version_type != kPppoeVersionType || code != kPppoeSession) return Layer::kNothing;
  walk.advance_to(in);
  walk.cut(length);
  return Layer::kPpp;
}

Layer parse_ppp(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint16_t protocol = take_protocol(in);
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  walk.advance_to(in);
  if (protocol == kPppIpv4) return Layer::kIpv4;
  if (protocol == kPppIpv6) return Layer::kIpv6;
  const bool labels = protocol == kPppMpls || protocol == kPppMplsMulticast;
  return labels && walk.trust.trusts_labels() ? Layer::kMpls : Layer::kNothing;
}

Layer parse_l2tp_udp(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint16_t flags = in.u16();
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if ((flags & kL2tpControl) != 0) return Layer::kNothing;
  switch (flags & kL2tpVersion) {
    case 2:
      return parse_l2tp_v2(walk, in, flags);
    case 3:
      in.take(6);  // reserved, session
      return parse_session(walk, in);
    default:
      return Layer::kNothing;
  }
}

Layer parse_l2tp_ip(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint32_t session = in.u32();
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  return session == 0 ? Layer::kNothing : parse_session(walk, in);  // 0: a control message
}

}  // namespace lictor
