// GRE (RFC 2784, 2890, and 1701's routing), and what is told from it by what it carries: NVGRE (RFC 7637), ERSPAN types
// I, II and III, PPTP's version 1 (RFC 2637).

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

// In the first 16 bits.
constexpr uint16_t kChecksum = 0x8000;
constexpr uint16_t kRouting = 0x4000;
constexpr uint16_t kKey = 0x2000;
constexpr uint16_t kSequence = 0x1000;
constexpr uint16_t kAcknowledgement = 0x0080;
constexpr uint16_t kVersion = 0x0007;

constexpr uint16_t kTypeEthernet = 0x6558;
constexpr uint16_t kTypePpp = 0x880b;
constexpr uint16_t kTypeErspan = 0x88be;     // types I and II
constexpr uint16_t kTypeErspanIii = 0x22eb;  // type III

constexpr size_t kRoutesMax = 8;  // source routes of RFC 1701, which nobody sends any more

struct GreHeader {
  uint16_t flags = 0;
  uint16_t type = 0;
  uint32_t key = 0;
};

// Source route entries up to the empty one. False: more than kRoutesMax.
bool take_routes(ByteReader& in) {
  for (size_t routes = 0; routes < kRoutesMax; ++routes) {
    const uint16_t family = in.u16();
    in.u8();  // offset
    const uint8_t length = in.u8();
    in.take(length);
    if (!in.ok() || (family == 0 && length == 0)) return true;
  }
  return false;
}

// Under ERSPAN's header, if there is one: type I is a GRE header without a sequence number, and the frame.
Layer parse_erspan(Walk& walk, const GreHeader& gre) {
  if (gre.type == kTypeErspan && (gre.flags & kSequence) == 0) return Layer::kEthernet;
  ByteReader in(walk.rest());
  const Bytes fixed = in.take(8);
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  const uint8_t version = fixed[0] >> 4;
  Layer inside = Layer::kEthernet;
  if (version == 2) {
    const Bytes second = in.take(4);
    if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
    const uint8_t frame_type = second[2] >> 2 & 31;
    if ((second[3] & 1) != 0) in.take(8);  // platform-specific
    if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
    if (frame_type == 2 && in.remaining() > 0) inside = in.rest()[0] >> 4 == 6 ? Layer::kIpv6 : Layer::kIpv4;
    if (frame_type != 0 && frame_type != 2) return Layer::kNothing;
  } else if (version != 1) {
    return Layer::kNothing;
  }
  walk.advance_to(in);
  return inside;
}

// A virtual subnet is a key without checksum and sequence number; as plain GRE it is a key like any other.
Layer enter_ethernet(Walk& walk, const GreHeader& gre) {
  const bool subnet = (gre.flags & (kChecksum | kRouting | kKey | kSequence)) == kKey;
  if (subnet && walk.trust.trusts(Encapsulation::kNvgre)) {
    walk.level().vni = gre.key >> 8;
    return Layer::kEthernet;
  }
  return walk.trust.trusts(Encapsulation::kGre) ? Layer::kEthernet : Layer::kNothing;
}

Layer enter(Walk& walk, const GreHeader& gre) {
  switch (gre.type) {
    case kTypeErspan:
    case kTypeErspanIii:
      return walk.trust.trusts(Encapsulation::kErspan) ? parse_erspan(walk, gre) : Layer::kNothing;
    case kTypeEthernet:
      return enter_ethernet(walk, gre);
    case kTypePpp:
      return walk.trust.trusts(Encapsulation::kGre) ? Layer::kPpp : Layer::kNothing;
    default:
      return walk.trust.trusts(Encapsulation::kGre) ? layer_of_type(gre.type, walk.trust) : Layer::kNothing;
  }
}

}  // namespace

Layer parse_gre(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  GreHeader gre;
  gre.flags = in.u16();
  gre.type = in.u16();
  const uint16_t version = gre.flags & kVersion;
  if (in.ok() && version > 1) return Layer::kNothing;
  if (version == 0 && (gre.flags & (kChecksum | kRouting)) != 0) in.u32();  // checksum, offset
  if ((gre.flags & kKey) != 0) gre.key = in.u32();
  if ((gre.flags & kSequence) != 0) in.u32();
  if (version == 1 && (gre.flags & kAcknowledgement) != 0) in.u32();
  if (version == 0 && (gre.flags & kRouting) != 0 && !take_routes(in)) return walk.stop_deep();
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  walk.advance_to(in);
  const bool acknowledges_only = version == 1 && (gre.flags & kSequence) == 0;
  return acknowledges_only ? Layer::kNothing : enter(walk, gre);
}

}  // namespace lictor
