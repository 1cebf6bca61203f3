#include "dataplane/packet/spread_hash.h"

#include "dataplane/packet/parsed_frame.h"

namespace lictor {
namespace {

constexpr uint16_t kLengthMax = 1500;  // IEEE 802.3: up to here LLC follows
constexpr uint16_t kIpv4Type = 0x0800;
constexpr uint16_t kIpv6Type = 0x86dd;

bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

// Mixes so that every bit of the addresses moves the upper half (the finaliser of MurmurHash3).
uint64_t mixed(uint64_t bits) {
  bits = (bits ^ bits >> 33) * 0xff51afd7ed558ccd;
  bits = (bits ^ bits >> 33) * 0xc4ceb9fe1a85ec53;
  return bits ^ bits >> 33;
}

// Exclusive or makes both directions alike.
uint64_t hash_ipv4(ByteReader& in) {
  in.take(12);
  const uint32_t source = in.u32();
  const uint32_t destination = in.u32();
  return mixed(source ^ destination) | 1;  // 0 says that there are none
}

uint64_t hash_ipv6(ByteReader& in) {
  in.take(8);
  const uint64_t source_high = in.u64();
  const uint64_t source_low = in.u64();
  const uint64_t destination_high = in.u64();
  const uint64_t destination_low = in.u64();
  return mixed(mixed(source_high ^ destination_high) + (source_low ^ destination_low)) | 1;
}

// The EtherType behind a PPPoE session header (RFC 2516) and its PPP protocol.
uint16_t type_in_pppoe(ByteReader& in) {
  in.take(6);
  const uint16_t protocol = in.u16();
  if (protocol == 0x0021) return kIpv4Type;
  return protocol == 0x0057 ? kIpv6Type : 0;
}

// The EtherType that the first nibble behind the labels suggests (RFC 3032 has none).
uint16_t type_under_labels(ByteReader& in) {
  for (size_t i = 0; i < kSpreadLabelsMax; ++i) {
    const bool is_bottom = (in.u32() >> 8 & 1) != 0;
    if (!is_bottom) continue;
    const uint8_t nibble = in.rest().empty() ? 0 : static_cast<uint8_t>(in.rest()[0] >> 4);
    if (nibble == 4) return kIpv4Type;
    return nibble == 6 ? kIpv6Type : 0;
  }
  return 0;
}

uint16_t network_type(ByteReader& in) {
  in.take(12);
  uint16_t type = in.u16();
  for (size_t tags = 0; is_tag(type) && tags < kVlanTagsMax; ++tags) {
    in.take(2);
    type = in.u16();
  }
  if (type <= kLengthMax) {
    in.take(6);
    type = in.u16();
  }
  if (type == 0x8864) return type_in_pppoe(in);
  if (type == 0x8847 || type == 0x8848) return type_under_labels(in);
  return type;
}

}  // namespace

uint64_t spread_hash(Bytes head) noexcept {
  ByteReader in(head);
  const uint16_t type = network_type(in);
  uint64_t hash = 0;
  if (type == kIpv4Type) hash = hash_ipv4(in);
  if (type == kIpv6Type) hash = hash_ipv6(in);
  return in.ok() ? hash : 0;
}

}  // namespace lictor
