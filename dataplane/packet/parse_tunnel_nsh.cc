// The network service header (RFC 8300), between a carrier and what a chain of services is given, and the protocols
// that it has in common with VXLAN-GPE.

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

// In the first 16 bits.
constexpr uint16_t kVersion = 0xc000;
constexpr uint16_t kOam = 0x2000;
constexpr uint16_t kWords = 0x003f;

constexpr size_t kBaseBytes = 4;
constexpr size_t kWordsMin = 2;  // the base header, and the service path that is always there

}  // namespace

Layer layer_of_service(uint8_t next, const EncapsulationTrust& trust) {
  switch (next) {
    case 1:
      return Layer::kIpv4;
    case 2:
      return Layer::kIpv6;
    case 3:
      return Layer::kEthernet;
    case 4:
      return trust.trusts(Encapsulation::kNsh) ? Layer::kNsh : Layer::kNothing;
    case 5:
      return trust.trusts_labels() ? Layer::kMpls : Layer::kNothing;
    default:
      return Layer::kNothing;
  }
}

Layer parse_nsh(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  const uint16_t flags = in.u16();
  in.u8();  // the type of the metadata
  const uint8_t next = in.u8();
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  if ((flags & (kVersion | kOam)) != 0) return Layer::kNothing;
  const size_t words = flags & kWords;
  if (words < kWordsMin) return walk.stop(PacketDrop::kBadHeaderLength);
  in.take(words * 4 - kBaseBytes);
  if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
  walk.advance_to(in);
  return layer_of_service(next, walk.trust);
}

}  // namespace lictor
