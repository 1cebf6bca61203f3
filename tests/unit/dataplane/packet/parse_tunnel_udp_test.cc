// VXLAN, VXLAN-GPE, Geneve, MPLS and GTP-U over UDP: their optional parts, the context that they give, and what is not
// looked into.

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

const Octets kInnerFrame = ethernet(kIpv4Type, inner_ipv4(), {{0x8100, 7}});

void expect_cuts_are_damage(uint16_t port, const Octets& header) {
  for (size_t bytes = 0; bytes < header.size(); ++bytes)
    expect_damaged(over_udp(port, {header.begin(), header.begin() + static_cast<int>(bytes)}));
}

TEST(ParseVxlan, CarriesEthernetInANetworkOfItsOwn) {
  const Octets frame = over_udp(4789, vxlan(0x123456, kInnerFrame));
  expect_inner(frame, 2);
  const ParsedFrame parsed = parse(frame, kTrustAll);
  EXPECT_EQ(parsed.level[0].vni, kNoContext);
  EXPECT_EQ(parsed.level[1].vni, 0x123456U);
  EXPECT_EQ(parsed.level[1].vlans[0], 7);
  EXPECT_EQ(parsed.level[1].ethernet_offset, 50U);
}

TEST(ParseVxlan, WithoutAnIdentifierOrTrustItIsNotLookedInto) {
  expect_outer_alone(over_udp(4789, vxlan(7, kInnerFrame, 0)));
  expect_outer_alone(over_udp(4789, vxlan(7, kInnerFrame)), trust_without(Encapsulation::kVxlan));
  expect_outer_alone(over_ipv4(17, udp_between(4789, 50000, vxlan(7, kInnerFrame))));
}

TEST(ParseVxlan, PortsAreTheConfigurations) {
  EncapsulationTrust trust = kTrustAll;
  trust.vxlan_ports = {8472, 0, 0, 9999};
  expect_inner(over_udp(8472, vxlan(7, kInnerFrame)), 2, trust);
  expect_inner(over_udp(9999, vxlan(7, kInnerFrame)), 2, trust);
  expect_outer_alone(over_udp(4789, vxlan(7, kInnerFrame)), trust);
  expect_outer_alone(over_udp(0, vxlan(7, kInnerFrame)), trust);
}

TEST(ParseVxlan, CutHeadersAreDamage) { expect_cuts_are_damage(4789, join({vxlan(7, {}), Octets(13)})); }

TEST(ParseVxlanGpe, CarriesWhatItNamesOrElseEthernet) {
  expect_inner(over_udp(4790, vxlan_gpe(0x123456, 1, inner_ipv4())), 2);
  expect_inner(over_udp(4790, vxlan_gpe(0x123456, 2, inner_ipv6())), 2);
  expect_inner(over_udp(4790, vxlan_gpe(0x123456, 3, kInnerFrame)), 2);
  expect_inner(over_udp(4790, vxlan_gpe(0x123456, 4, nsh(1, inner_ipv4()))), 2);
  expect_inner(over_udp(4790, vxlan_gpe(0x123456, 5, mpls({42}, inner_ipv4()))), 2);
  expect_inner(over_udp(4790, vxlan_gpe(0x123456, 1, kInnerFrame, 0x08)), 2);
  EXPECT_EQ(parse(over_udp(4790, vxlan_gpe(0x123456, 1, inner_ipv4())), kTrustAll).level[1].vni, 0x123456U);
}

TEST(ParseVxlanGpe, OtherVersionsOamProtocolsPortsAndWhatIsNotTrustedAreNotLookedInto) {
  for (const uint8_t flags : Octets{0x04, 0x0d, 0x1c, 0x2c})
    expect_outer_alone(over_udp(4790, vxlan_gpe(7, 1, inner_ipv4(), flags)));
  for (const uint8_t next : Octets{0, 6, 0x80}) expect_outer_alone(over_udp(4790, vxlan_gpe(7, next, inner_ipv4())));
  expect_outer_alone(over_udp(4791, vxlan_gpe(7, 1, inner_ipv4())));
  expect_outer_alone(over_udp(4790, vxlan_gpe(7, 1, inner_ipv4())), trust_without(Encapsulation::kVxlanGpe));
  expect_outer_alone(over_udp(4790, vxlan_gpe(7, 4, nsh(1, inner_ipv4()))), trust_without(Encapsulation::kNsh));
  expect_outer_alone(over_udp(4790, vxlan_gpe(7, 5, mpls({42}, inner_ipv4()))), trust_in({Encapsulation::kVxlanGpe}));
}

TEST(ParseVxlanGpe, CutHeadersAreDamage) {
  expect_cuts_are_damage(4790, join({vxlan_gpe(7, 4, nsh(1, Octets(19, 0x45)))}));
}

TEST(ParseMplsInUdp, IsTrustedAsLabelsAre) {
  expect_inner(over_udp(6635, mpls({17, 42}, inner_ipv4())), 2);
  expect_inner(over_udp(6635, mpls({42}, join({Octets(4), kInnerFrame}))), 2, trust_in({Encapsulation::kPseudowire}));
  EXPECT_EQ(parse(over_udp(6635, mpls({17, 42}, inner_ipv4())), kTrustAll).level[1].label, 42U);
  expect_outer_alone(over_udp(6635, mpls({42}, inner_ipv4())), trust_in({Encapsulation::kPseudowire}));
  expect_outer_alone(over_udp(6635, mpls({42}, inner_ipv4())), trust_in({Encapsulation::kVxlan}));
  expect_outer_alone(over_ipv4(17, udp_between(6635, 50000, mpls({42}, inner_ipv4()))));
}

TEST(ParseMplsInUdp, CutHeadersAreDamage) { expect_cuts_are_damage(6635, mpls({17, 42}, {})); }

TEST(ParseGeneve, CarriesEthernetAndIpBehindOptions) {
  for (const size_t words : {size_t{0}, size_t{1}, size_t{63}}) {
    expect_inner(over_udp(6081, geneve(0x123456, kBridgedType, kInnerFrame, words)), 2);
    expect_inner(over_udp(6081, geneve(0x123456, kIpv4Type, inner_ipv4(), words)), 2);
    expect_inner(over_udp(6081, geneve(0x123456, kIpv6Type, inner_ipv6(), words)), 2);
  }
  EXPECT_EQ(parse(over_udp(6081, geneve(0x123456, kIpv4Type, inner_ipv4())), kTrustAll).level[1].vni, 0x123456U);
}

TEST(ParseGeneve, LongestOptionsEndWithinTheOctetsThatAreGathered) {
  const Octets frame = over_udp(6081, geneve(7, kBridgedType, kInnerFrame, 63));
  const IpLevel inner = parse(frame, kTrustAll).level[1];
  EXPECT_LE(inner.transport_offset + 8, kHeaderBytesMax);
}

TEST(ParseGeneve, OtherVersionsPortsAndTypesAreNotLookedInto) {
  Octets other = geneve(7, kIpv4Type, inner_ipv4());
  other[0] |= 0x40;
  expect_outer_alone(over_udp(6081, other));
  expect_outer_alone(over_udp(6081, geneve(7, kArpType, Octets(28))));
  expect_outer_alone(over_udp(6081, geneve(7, kIpv4Type, inner_ipv4())), trust_without(Encapsulation::kGeneve));
  EncapsulationTrust trust = kTrustAll;
  trust.geneve_ports = {7777};
  expect_outer_alone(over_udp(6081, geneve(7, kIpv4Type, inner_ipv4())), trust);
  expect_inner(over_udp(7777, geneve(7, kIpv4Type, inner_ipv4())), 2, trust);
}

TEST(ParseGeneve, CutHeadersAreDamage) { expect_cuts_are_damage(6081, geneve(7, kIpv4Type, Octets(19, 0x45), 2)); }

TEST(ParseGtpU, CarriesIpInATunnel) {
  expect_inner(over_udp(2152, gtp_u({}, inner_ipv4())), 2);
  expect_inner(over_udp(2152, gtp_u({}, inner_ipv6())), 2);
  const ParsedFrame parsed = parse(over_udp(2152, gtp_u({}, inner_ipv4())), kTrustAll);
  EXPECT_EQ(parsed.level[0].teid, kNoContext);
  EXPECT_EQ(parsed.level[1].teid, 0x01020304U);
}

TEST(ParseGtpU, CarriesEthernetWhereThatLeadsToIp) {
  const ParsedFrame parsed = parse(over_udp(2152, gtp_u({}, kInnerFrame)), kTrustAll);
  ASSERT_EQ(parsed.level_count, 2);
  EXPECT_EQ(parsed.level[1].teid, 0x01020304U);
  EXPECT_EQ(parsed.level[1].vlans[0], 7);
  for (const uint8_t first : Octets{0x00, 0x45, 0x60}) {
    Octets frame = kInnerFrame;
    frame[0] = first;
    expect_inner(over_udp(2152, gtp_u({}, frame)), 2);
  }
  // Its sender's octets look like Ethernet's, and its lengths and checksum are IP's.
  Octets disguised = inner_ipv4(udp(60));
  std::ranges::copy(Octets{8, 0, 0x45, 0}, disguised.begin() + 12);
  disguised = with_checksum(disguised);
  const IpLevel inside = parse(over_udp(2152, gtp_u({}, disguised)), kTrustAll).level[1];
  EXPECT_EQ(inside.offset, 50U);
}

TEST(ParseGtpU, EachFlagBringsTheOptionalWord) {
  for (uint8_t flags = 0x31; flags < 0x38; ++flags)
    expect_inner(over_udp(2152, gtp_u({.flags = flags}, join({Octets(4), inner_ipv4()}))), 2);
}

TEST(ParseGtpU, ExtensionHeadersAreReadOver) {
  const Octets session = {1, 0x10, 9, 0x85};  // a PDU session container, and one more behind it
  const Octets longer = {2, 1, 2, 3, 4, 5, 6, 0};
  expect_inner(over_udp(2152, gtp_u({.flags = 0x34}, join({{0, 0, 0, 0x85}, session, longer, inner_ipv4()}))), 2);
  expect_inner(over_udp(2152, gtp_u({.flags = 0x32}, join({{0, 1, 0, 0x85}, inner_ipv4()}))), 2);
}

TEST(ParseGtpU, EndlessExtensionHeadersAreTooDeepAndOneOfNoLengthIsDamage) {
  Octets endless = {0, 0, 0, 0x85};
  for (size_t i = 0; i < kExtensionHeadersMax; ++i) append(endless, {1, 0, 0, 0x85});
  const ParsedFrame deep = parse(over_udp(2152, gtp_u({.flags = 0x34}, join({endless, inner_ipv4()}))), kTrustAll);
  EXPECT_EQ(deep.level_count, 1);
  EXPECT_TRUE(deep.too_deep);
  expect_damaged(over_udp(2152, gtp_u({.flags = 0x34}, join({{0, 0, 0, 0x85, 0, 0, 0, 0}, inner_ipv4()}))));
}

TEST(ParseGtpU, SignallingPrimeAndOtherPayloadsAreNotLookedInto) {
  expect_outer_alone(over_udp(2152, gtp_u({.message = 1}, inner_ipv4())));
  expect_outer_alone(over_udp(2152, gtp_u({.flags = 0x20}, inner_ipv4())));
  expect_outer_alone(over_udp(2152, gtp_u({.flags = 0x50}, inner_ipv4())));
  expect_outer_alone(over_udp(2152, gtp_u({}, ethernet(kArpType, Octets(28)))));
  expect_outer_alone(over_udp(2152, gtp_u({}, ppp(0x0021, inner_ipv4()))));
  expect_outer_alone(over_udp(2152, gtp_u({}, inner_ipv4())), trust_without(Encapsulation::kGtpU));
  expect_outer_alone(over_udp(2123, gtp_u({}, inner_ipv4())));
}

TEST(ParseGtpU, LengthEndsThePacket) {
  const ParsedFrame parsed = parse(over_udp(2152, gtp_u({.length = 28}, inner_ipv4(udp(100)))), kTrustAll);
  EXPECT_EQ(parsed.level[1].bytes, 28U);
  EXPECT_EQ(parsed.level[1].whole_bytes, 128U);
  expect_damaged(over_udp(2152, gtp_u({.length = 19}, inner_ipv4())));
}

TEST(ParseGtpU, CutHeadersAreDamage) {
  expect_cuts_are_damage(2152, gtp_u({.flags = 0x34}, join({{0, 0, 0, 0x85, 1, 0, 0, 0}, Octets(19, 0x45)})));
}

}  // namespace
}  // namespace lictor
