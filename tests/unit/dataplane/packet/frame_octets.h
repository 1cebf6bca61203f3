// Frames for the tests of dataplane/packet, field by field, so that each test sets the one field that it is about.
// Exact-size copies on the heap let the sanitiser see a read of one octet too many. Any thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/packet/parse_frame.h"

namespace lictor {

using Octets = std::vector<uint8_t>;

constexpr uint16_t kIpv4Type = 0x0800;
constexpr uint16_t kIpv6Type = 0x86dd;
constexpr uint16_t kArpType = 0x0806;

inline void append(Octets& octets, const Octets& more) { octets.insert(octets.end(), more.begin(), more.end()); }

inline void append16(Octets& octets, unsigned value) {
  append(octets, {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)});
}

inline Octets join(std::initializer_list<Octets> parts) {
  Octets whole;
  for (const Octets& part : parts) append(whole, part);
  return whole;
}

struct Tag {
  uint16_t type = 0x8100;
  uint16_t control = 0;  // priority, drop eligibility and identifier
};

// Ethernet II; `type` up to 1500 makes it 802.3.
inline Octets ethernet(uint16_t type, const Octets& payload, const std::vector<Tag>& tags = {}) {
  Octets frame = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  for (const Tag& tag : tags) {
    append16(frame, tag.type);
    append16(frame, tag.control);
  }
  append16(frame, type);
  append(frame, payload);
  return frame;
}

// LLC and SNAP as RFC 1042 has them.
inline Octets snap(uint16_t type, const Octets& payload) {
  Octets octets = {0xaa, 0xaa, 0x03, 0, 0, 0};
  append16(octets, type);
  append(octets, payload);
  return octets;
}

struct Ipv4Fields {
  uint8_t version = 4;
  uint8_t words = 5;
  std::optional<uint16_t> total = std::nullopt;  // unset: what the octets are
  uint16_t fragment = 0;
  uint8_t protocol = 17;
  Octets source = {192, 0, 2, 7};
  Octets destination = {198, 51, 100, 9};
};

// `rest` is what follows the first 20 octets: options, then the payload.
inline Octets ipv4(const Ipv4Fields& fields, const Octets& rest) {
  Octets packet = {static_cast<uint8_t>(fields.version << 4 | fields.words), 0};
  append16(packet, fields.total.value_or(static_cast<uint16_t>(20 + rest.size())));
  append16(packet, 1);
  append16(packet, fields.fragment);
  append(packet, {64, fields.protocol, 0, 0});
  return join({packet, fields.source, fields.destination, rest});
}

struct Ipv6Fields {
  uint8_t version = 6;
  std::optional<uint16_t> payload = std::nullopt;  // unset: what the octets are
  uint8_t next = 17;
  Octets source = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7};
  Octets destination = {0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
};

inline Octets ipv6(const Ipv6Fields& fields, const Octets& rest) {
  Octets packet = {static_cast<uint8_t>(fields.version << 4), 0, 0, 0};
  append16(packet, fields.payload.value_or(static_cast<uint16_t>(rest.size())));
  append(packet, {fields.next, 64});
  return join({packet, fields.source, fields.destination, rest});
}

// A UDP header from port 4000 to 53, and `bytes` octets.
inline Octets udp(size_t bytes = 4) {
  Octets octets = {0x0f, 0xa0, 0, 53};
  append16(octets, static_cast<unsigned>(8 + bytes));
  append16(octets, 0);
  octets.resize(octets.size() + bytes, 0x55);
  return octets;
}

// An extension header of 8 octets.
inline Octets extension(uint8_t next) { return {next, 0, 1, 4, 0, 0, 0, 0}; }

// A hop-by-hop header with the jumbo payload option (RFC 2675).
inline Octets jumbo_header(uint8_t next, uint32_t bytes) {
  Octets octets = {next, 0, 0xc2, 4};
  append16(octets, bytes >> 16);
  append16(octets, bytes & 0xffff);
  return octets;
}

// The first `bytes` of `octets`, alone on the heap.
class ExactCopy {
 public:
  explicit ExactCopy(Bytes octets) : octets_(new uint8_t[octets.size()]), bytes_(octets.size()) {
    std::ranges::copy(octets, octets_.get());
  }
  [[nodiscard]] Bytes bytes() const { return {octets_.get(), bytes_}; }

 private:
  std::unique_ptr<uint8_t[]> octets_;
  size_t bytes_;
};

inline bool is_ipv4(const ParsedFrame& parsed) { return parsed.result == ParseResult::kIp && !parsed.level[0].ipv6; }
inline bool is_ipv6(const ParsedFrame& parsed) { return parsed.result == ParseResult::kIp && parsed.level[0].ipv6; }

// What holds of every level, whatever the octets.
inline void expect_sound(const IpLevel& level, Bytes header, uint32_t frame_bytes) {
  ASSERT_LE(level.vlan_count, kVlanTagsMax);
  for (const uint16_t vlan : level.vlans) ASSERT_LT(vlan, 4096);
  const uint32_t fixed_bytes = level.ipv6 ? 40 : 20;
  ASSERT_LE(level.offset + fixed_bytes, header.size()) << "the classifier reads the addresses unchecked";
  ASSERT_EQ(header[level.offset] >> 4, level.ipv6 ? 6 : 4);
  ASSERT_GE(level.bytes, fixed_bytes);
  ASSERT_LE(level.bytes, level.whole_bytes);
  ASSERT_LE(uint64_t{level.offset} + level.bytes, frame_bytes);
  ASSERT_LT(level.ethernet_offset, level.offset);
  ASSERT_TRUE(level.transport_offset != 0 || !level.ports_known);
  if (level.transport_offset == 0) return;
  ASSERT_GE(level.transport_offset, level.offset + fixed_bytes);
  ASSERT_LE(level.transport_offset, level.offset + level.bytes);
  ASSERT_NE(level.fragment, FragmentKind::kLater);
}

// What holds of every parsed frame, whatever the octets.
inline void expect_sound(const ParsedFrame& parsed, Bytes header, uint32_t frame_bytes) {
  ASSERT_EQ(parsed.result == ParseResult::kIp, parsed.level_count > 0);
  ASSERT_LE(parsed.level_count, kIpLevelsMax);
  ASSERT_TRUE(parsed.level_count > 0 || !parsed.inner_damaged);
  for (const IpLevel& level : parsed.levels()) expect_sound(level, header, frame_bytes);
  for (size_t i = 1; i < parsed.level_count; ++i) {
    const IpLevel& outer = parsed.level[i - 1];
    const IpLevel& inner = parsed.level[i];
    ASSERT_NE(outer.transport_offset, 0U) << "nothing is found behind what was not reached";
    ASSERT_GE(inner.offset, outer.transport_offset);
    ASSERT_LE(inner.offset + inner.bytes, outer.offset + outer.bytes) << "a level ends with the level around it";
  }
}

// parse_frame of a frame that was captured whole and stands alone on the heap.
inline ParsedFrame parse(Bytes frame, const EncapsulationTrust& trust = {}) {
  const ExactCopy copy(frame);
  const auto frame_bytes = static_cast<uint32_t>(frame.size());
  const ParsedFrame parsed = parse_frame(copy.bytes(), frame_bytes, trust);
  expect_sound(parsed, copy.bytes(), frame_bytes);
  return parsed;
}

inline void expect_dropped(Bytes frame, PacketDrop reason, const EncapsulationTrust& trust = {}) {
  const ParsedFrame parsed = parse(frame, trust);
  ASSERT_EQ(parsed.result, ParseResult::kDropped);
  EXPECT_EQ(kPacketDropNames[static_cast<size_t>(parsed.drop)], kPacketDropNames[static_cast<size_t>(reason)]);
}

}  // namespace lictor
