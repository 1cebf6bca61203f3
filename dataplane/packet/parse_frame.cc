#include "dataplane/packet/parse_frame.h"

#include <algorithm>

#include "dataplane/packet/parse_transport.h"

namespace lictor {
namespace {

constexpr uint16_t kTypeIpv4 = 0x0800;
constexpr uint16_t kTypeIpv6 = 0x86dd;
constexpr uint16_t kLengthMax = 1500;         // IEEE 802.3, 3.2.6: up to here the field is a length, and LLC follows
constexpr uint32_t kSnapHeader = 0xaaaa0300;  // DSAP, SSAP, unnumbered information; then the OUI's first octet
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kOptionPad1 = 0;
constexpr uint8_t kOptionJumbo = 0xc2;

ParsedFrame dropped(PacketDrop reason) {
  ParsedFrame frame;
  frame.result = ParseResult::kDropped;
  frame.drop = reason;
  return frame;
}

void add_level(const IpLevel& level, ParsedFrame& frame) {
  frame.result = ParseResult::kIp;
  frame.level[frame.level_count++] = level;
}

bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

// The EtherType behind LLC/SNAP with OUI 00-00-00 (RFC 1042), else 0. `in` then stands behind the header.
uint16_t take_snap(ByteReader& in) {
  const uint32_t llc = in.u32();
  const uint16_t oui_rest = in.u16();
  const uint16_t type = in.u16();
  return in.ok() && llc == kSnapHeader && oui_rest == 0 ? type : uint16_t{0};
}

void parse_ipv4(Bytes ip, uint32_t captured, IpLevel level, ParsedFrame& frame) {
  ByteReader in(ip);
  const uint8_t version_ihl = in.u8();
  in.u8();  // TOS
  const uint16_t total = in.u16();
  in.u16();  // identification
  const uint16_t fragment = in.u16();
  in.u8();  // TTL
  const uint8_t protocol = in.u8();
  const uint32_t header_bytes = (version_ihl & 15U) * 4U;

  if (version_ihl >> 4 != 4 && !ip.empty()) return void(frame = dropped(PacketDrop::kBadVersion));
  if (ip.size() < 20) return void(frame = dropped(PacketDrop::kTruncated));
  if (header_bytes < 20) return void(frame = dropped(PacketDrop::kBadHeaderLength));
  if (total != 0 && total < header_bytes) return void(frame = dropped(PacketDrop::kBadTotalLength));

  level.whole_bytes = total == 0 ? captured : total;
  level.bytes = std::min(level.whole_bytes, captured);
  const Bytes view = ip.first(std::min<size_t>(ip.size(), level.bytes));
  const bool first_fragment = (fragment & 0x1fff) == 0;
  if (first_fragment && view.size() > header_bytes) parse_ports(protocol, view.subspan(header_bytes), level);
  add_level(level, frame);
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

void parse_ipv6(Bytes ip, uint32_t captured, IpLevel level, ParsedFrame& frame) {
  ByteReader in(ip);
  in.u32();  // version, traffic class, flow label
  const uint16_t payload = in.u16();
  const uint8_t next = in.u8();
  in.take(33);  // hop limit, addresses

  if (!ip.empty() && ip[0] >> 4 != 6) return void(frame = dropped(PacketDrop::kBadVersion));
  if (!in.ok()) return void(frame = dropped(PacketDrop::kTruncated));

  level.ipv6 = true;
  const uint32_t claimed = payload == 0 && next == kHopByHop ? jumbo_bytes(in.rest()) : payload;
  level.whole_bytes = claimed > UINT32_MAX - 40 ? UINT32_MAX : claimed + 40;
  level.bytes = std::min(level.whole_bytes, captured);
  const Bytes view = ip.first(std::min<size_t>(ip.size(), level.bytes));
  parse_extension_headers(next, view.subspan(40), level);
  add_level(level, frame);
}

}  // namespace

ParsedFrame parse_frame(Bytes header, uint32_t frame_bytes, const EncapsulationTrust& /*trust*/) noexcept {
  ParsedFrame frame;
  IpLevel level;
  level.ethernet_offset = 0;
  ByteReader in(header);
  in.take(12);  // destination and source
  uint16_t type = in.u16();
  if (!in.ok()) return dropped(PacketDrop::kTruncated);
  while (is_tag(type)) {
    if (level.vlan_count == kVlanTagsMax) return dropped(PacketDrop::kTooManyTags);
    const uint16_t tag = in.u16();
    type = in.u16();
    if (!in.ok()) return dropped(PacketDrop::kTruncated);
    level.vlans[level.vlan_count++] = tag & 0x0fff;  // without priority and drop eligibility
  }
  if (type <= kLengthMax) type = take_snap(in);
  if (type != kTypeIpv4 && type != kTypeIpv6) return frame;

  level.offset = static_cast<uint32_t>(header.size() - in.remaining());
  const uint32_t captured = std::max(frame_bytes, static_cast<uint32_t>(header.size())) - level.offset;
  if (type == kTypeIpv4) {
    parse_ipv4(in.rest(), captured, level, frame);
  } else {
    parse_ipv6(in.rest(), captured, level, frame);
  }
  return frame;
}

void parse_batch(PacketBatch& batch, uint32_t frame_bytes_max, const EncapsulationTrust& trust) noexcept {
  for (size_t i = 0; i < batch.count; ++i) {
    batch.parsed[i] = batch.frame_bytes[i] > frame_bytes_max
                          ? dropped(PacketDrop::kFrameTooLong)
                          : parse_frame(batch.header[i], batch.frame_bytes[i], trust);
  }
}

}  // namespace lictor
