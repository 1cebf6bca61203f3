// Tunnels over UDP that say what they are by their port: VXLAN (RFC 7348), VXLAN-GPE
// (draft-ietf-nvo3-vxlan-gpe), Geneve (RFC 8926), GTP-U (TS 29.281).

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

constexpr uint8_t kVxlanHasVni = 0x08;
constexpr uint8_t kGpeVersionAndOam = 0x31;
constexpr uint8_t kGpeHasProtocol = 0x04;
constexpr uint16_t kTypeEthernet = 0x6558;

// GTP-U's first octet.
constexpr uint8_t kGtpVersionAndType = 0xf0;  // version, and whether it is GTP or GTP'
constexpr uint8_t kGtpVersion1 = 0x30;
constexpr uint8_t kGtpOptional = 0x07;  // extension headers, sequence number, N-PDU number: one of them brings all
constexpr uint8_t kGtpHasExtensions = 0x04;
constexpr uint8_t kGtpTPdu = 255;

}  // namespace

Layer parse_vxlan(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint8_t flags = in.u8();
  in.take(3);
  const uint32_t vni = in.u32() >> 8;
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if ((flags & kVxlanHasVni) == 0) return Layer::kNothing;
  walk.level().vni = vni;
  walk.advance_to(in);
  return Layer::kEthernet;
}

// A VXLAN header that may name another payload than Ethernet.
Layer parse_vxlan_gpe(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint8_t flags = in.u8();
  in.u16();  // reserved
  const uint8_t next = in.u8();
  const uint32_t vni = in.u32() >> 8;
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if ((flags & kVxlanHasVni) == 0 || (flags & kGpeVersionAndOam) != 0) return Layer::kNothing;
  walk.level().vni = vni;
  walk.advance_to(in);
  return (flags & kGpeHasProtocol) == 0 ? Layer::kEthernet : layer_of_service(next, walk.trust);
}

Layer parse_geneve(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint8_t version_length = in.u8();
  in.u8();  // flags
  const uint16_t type = in.u16();
  const uint32_t vni = in.u32() >> 8;
  in.take((version_length & 63U) * size_t{4});  // options
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if (version_length >> 6 != 0) return Layer::kNothing;
  walk.level().vni = vni;
  walk.advance_to(in);
  return type == kTypeEthernet ? Layer::kEthernet : layer_of_type(type, walk.trust);
}

Layer parse_gtp_u(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint8_t flags = in.u8();
  const uint8_t message = in.u8();
  const uint16_t length = in.u16();
  const uint32_t teid = in.u32();
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if ((flags & kGtpVersionAndType) != kGtpVersion1 || message != kGtpTPdu) return Layer::kNothing;
  walk.advance_to(in);
  walk.cut(length);

  ByteReader inside(walk.rest());
  if ((flags & kGtpOptional) != 0) {
    inside.take(3);  // sequence number, N-PDU number
    uint8_t next = inside.u8();
    if ((flags & kGtpHasExtensions) == 0) next = 0;
    for (size_t headers = 0; next != 0 && inside.ok(); ++headers) {
      if (headers == kExtensionHeadersMax) return walk.stop_deep();
      const size_t words = inside.u8();
      if (words == 0) return walk.stop(PacketDrop::kBadHeaderLength);
      inside.take(words * 4 - 2);
      next = inside.u8();
    }
  }
  if (!inside.ok() || inside.remaining() == 0) return walk.stop(PacketDrop::kTruncated);
  walk.advance_to(inside);
  walk.level().teid = teid;
  // The session says whether it is IP or Ethernet, and only its signalling says that.
  return name_payload(walk.rest(), walk.end - static_cast<uint32_t>(walk.at), ControlWord::kNever).layer;
}

}  // namespace lictor
