// Encapsulations for the tests of dataplane/packet, written out field by field. Any thread.
#pragma once

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

constexpr uint16_t kMplsType = 0x8847;
constexpr uint16_t kPppoeType = 0x8864;
constexpr uint16_t kBridgedType = 0x6558;  // transparent Ethernet bridging, in GRE and Geneve
constexpr uint16_t kErspanType = 0x88be;
constexpr uint16_t kErspanIiiType = 0x22eb;
constexpr uint16_t kGreType = 47;
constexpr uint16_t kNshType = 0x894f;

inline const EncapsulationTrust kTrustAll = EncapsulationTrust::all();

inline EncapsulationTrust trust_in(std::initializer_list<Encapsulation> encapsulations) {
  EncapsulationTrust trust;
  for (const Encapsulation encapsulation : encapsulations) trust.trust(encapsulation);
  return trust;
}

inline EncapsulationTrust trust_without(Encapsulation encapsulation) {
  EncapsulationTrust trust = EncapsulationTrust::all();
  trust.trusted &= ~(uint32_t{1} << static_cast<unsigned>(encapsulation));
  return trust;
}

inline void append32(Octets& octets, uint32_t value) {
  append16(octets, value >> 16);
  append16(octets, value & 0xffff);
}

inline Octets of16(unsigned value) {
  Octets octets;
  append16(octets, value);
  return octets;
}

inline Octets of32(uint32_t value) {
  Octets octets;
  append32(octets, value);
  return octets;
}

// --- what stands inside: its addresses are nobody else's ---

inline const Octets kInnerSource = {203, 0, 113, 5};
inline const Octets kInnerDestination = {203, 0, 113, 6};

inline const Octets kInnerSourceIpv6 = {0x20, 0x01, 0x0d, 0xb8, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};

inline Octets inner_ipv4(const Octets& rest = udp()) {
  return ipv4({.source = kInnerSource, .destination = kInnerDestination}, rest);
}
inline Octets inner_ipv6() { return ipv6({.source = kInnerSourceIpv6}, udp()); }

// An IPv4 packet without options, with the checksum that belongs to it.
inline Octets with_checksum(Octets packet) {
  uint32_t sum = 0;
  packet[10] = packet[11] = 0;
  for (size_t at = 0; at < 20; at += 2) sum += static_cast<uint32_t>(packet[at] << 8 | packet[at + 1]);
  sum = (sum & 0xffff) + (sum >> 16);
  packet[10] = static_cast<uint8_t>(~sum >> 8);
  packet[11] = static_cast<uint8_t>(~sum);
  return packet;
}

// --- around it ---

// An outer IPv4 packet of `protocol`, as a frame.
inline Octets over_ipv4(uint8_t protocol, const Octets& payload) {
  return ethernet(kIpv4Type, ipv4({.protocol = protocol}, payload));
}
inline Octets over_ipv6(uint8_t next, const Octets& payload) {
  return ethernet(kIpv6Type, ipv6({.next = next}, payload));
}

inline Octets udp_between(uint16_t source, uint16_t destination, const Octets& payload) {
  return join({of16(source), of16(destination), of16(static_cast<unsigned>(8 + payload.size())), {0, 0}, payload});
}
inline Octets over_udp(uint16_t port, const Octets& payload) {
  return over_ipv4(17, udp_between(50000, port, payload));
}

inline Octets mpls(const std::vector<uint32_t>& labels, const Octets& payload) {
  Octets octets;
  for (size_t i = 0; i < labels.size(); ++i)
    append32(octets, labels[i] << 12 | (i + 1 == labels.size() ? 0x100U : 0U) | 64U);
  append(octets, payload);
  return octets;
}

inline Octets ppp(uint16_t protocol, const Octets& payload) { return join({of16(protocol), payload}); }

inline Octets pppoe(const Octets& payload, uint8_t code = 0) {
  return join({{0x11, code, 0x12, 0x34}, of16(static_cast<unsigned>(payload.size())), payload});
}

// `words` are those that the flags announce.
inline Octets gre(uint16_t flags, uint16_t type, const Octets& words, const Octets& payload) {
  return join({of16(flags), of16(type), words, payload});
}

inline Octets vxlan(uint32_t vni, const Octets& payload, uint8_t flags = 0x08) {
  return join({{flags, 0, 0, 0}, of32(vni << 8), payload});
}

// `next`: the payload's number; flags 0x0c say that there is one.
inline Octets vxlan_gpe(uint32_t vni, uint8_t next, const Octets& payload, uint8_t flags = 0x0c) {
  return join({{flags, 0, 0, next}, of32(vni << 8), payload});
}

// With four words of metadata of type 1, or as many of type 2.
inline Octets nsh(uint8_t next, const Octets& payload, uint8_t metadata_words = 4) {
  const auto words = static_cast<uint16_t>(2 + metadata_words);
  const uint8_t type = metadata_words == 4 ? 1 : 2;
  return join(
      {of16(63U << 6 | words), {type, next}, of32(0x00002aff), Octets(metadata_words * size_t{4}, 0x45), payload});
}

inline Octets geneve(uint32_t vni, uint16_t type, const Octets& payload, size_t option_words = 0) {
  return join({{static_cast<uint8_t>(option_words), 0}, of16(type), of32(vni << 8), Octets(option_words * 4), payload});
}

struct GtpFields {
  uint8_t flags = 0x30;
  uint8_t message = 255;
  uint32_t teid = 0x01020304;
  std::optional<uint16_t> length = std::nullopt;  // unset: what the octets are
};

// `rest`: the optional words that the flags announce, then the packet.
inline Octets gtp_u(const GtpFields& fields, const Octets& rest) {
  return join({{fields.flags, fields.message},
               of16(fields.length.value_or(static_cast<uint16_t>(rest.size()))),
               of32(fields.teid),
               rest});
}

// `words`: those that the flags announce behind session and tunnel.
inline Octets l2tp_v2(uint16_t flags, const Octets& words, const Octets& payload) {
  const bool has_length = (flags & 0x4000) != 0;
  const auto length = static_cast<unsigned>(2 + 2 + 4 + words.size() + payload.size());
  return join({of16(flags | 2U), has_length ? of16(length) : Octets{}, {0, 7, 0, 9}, words, payload});
}

// --- what came of it ---

inline Octets source_of(Bytes frame, const IpLevel& level) {
  const Bytes ip = frame.subspan(level.offset);
  const Bytes source = level.ipv6 ? ip.subspan(8, 16) : ip.subspan(12, 4);
  return {source.begin(), source.end()};
}

// The frame's last level is the packet of inner_ipv4 or inner_ipv6, and there are `levels` in all.
inline void expect_inner(const Octets& frame, size_t levels, const EncapsulationTrust& trust = kTrustAll) {
  const ParsedFrame parsed = parse(frame, trust);
  ASSERT_EQ(parsed.result, ParseResult::kIp);
  ASSERT_EQ(parsed.level_count, levels);
  EXPECT_FALSE(parsed.inner_damaged);
  EXPECT_FALSE(parsed.too_deep);
  const IpLevel& inner = parsed.level[levels - 1];
  EXPECT_EQ(source_of(frame, inner), inner.ipv6 ? kInnerSourceIpv6 : kInnerSource);
  EXPECT_TRUE(inner.ports_known);
  EXPECT_EQ(inner.source_port, 4000);
}

// Nothing but the frame's outermost level is found, and nothing is wrong with it.
inline void expect_outer_alone(const Octets& frame, const EncapsulationTrust& trust = kTrustAll) {
  const ParsedFrame parsed = parse(frame, trust);
  EXPECT_EQ(parsed.result, ParseResult::kIp);
  EXPECT_EQ(parsed.level_count, 1);
  EXPECT_FALSE(parsed.inner_damaged);
}

// The outermost level is found, and that the inside is damaged.
inline void expect_damaged(const Octets& frame, const EncapsulationTrust& trust = kTrustAll) {
  const ParsedFrame parsed = parse(frame, trust);
  EXPECT_EQ(parsed.result, ParseResult::kIp);
  EXPECT_EQ(parsed.level_count, 1);
  EXPECT_TRUE(parsed.inner_damaged);
}

}  // namespace lictor
