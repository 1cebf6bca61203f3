// Levels: IP in IP, what a level hands on to the next, fragments, and where the looking ends.

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

TEST(ParseIp, AnyIpInAnyIp) {
  expect_inner(over_ipv4(4, inner_ipv4()), 2);
  expect_inner(over_ipv4(41, inner_ipv6()), 2);
  expect_inner(over_ipv6(4, inner_ipv4()), 2);
  expect_inner(over_ipv6(41, inner_ipv6()), 2);
  expect_inner(over_ipv6(60, join({extension(4), inner_ipv4()})), 2);
  Octets authentication(24);
  authentication[0] = 4;
  authentication[1] = 4;
  expect_inner(over_ipv4(51, join({authentication, inner_ipv4()})), 2);
}

TEST(ParseIp, UntrustedIpInIpIsNotLookedInto) {
  expect_outer_alone(over_ipv4(4, inner_ipv4()), trust_without(Encapsulation::kIpInIp));
  expect_outer_alone(over_ipv6(41, inner_ipv6()), trust_without(Encapsulation::kIpInIp));
  expect_outer_alone(over_ipv4(4, inner_ipv4()), {});
}

TEST(ParseIp, InsideOfAnotherVersionOrBrokenIsDamage) {
  expect_damaged(over_ipv4(4, inner_ipv6()));
  expect_damaged(over_ipv4(41, inner_ipv4()));
  expect_damaged(over_ipv4(4, ipv4({.words = 4}, udp())));
  expect_damaged(over_ipv4(4, ipv4({.total = 19}, udp())));
  const Octets inner = inner_ipv6();
  for (size_t bytes = 0; bytes < 40; ++bytes)
    expect_damaged(over_ipv4(41, {inner.begin(), inner.begin() + static_cast<int>(bytes)}));
}

TEST(ParseIp, PacketEndsWithTheOneAroundIt) {
  const ParsedFrame parsed =
      parse(ethernet(kIpv4Type, ipv4({.total = 60, .protocol = 4}, inner_ipv4(udp(100)))), kTrustAll);
  EXPECT_EQ(parsed.level[0].bytes, 60U);
  EXPECT_EQ(parsed.level[1].bytes, 40U);
  EXPECT_EQ(parsed.level[1].whole_bytes, 128U);
}

TEST(ParseIp, ViewsOfAllLevelsReachBeyondTheContiguousHeader) {
  const Octets frame = ethernet(kIpv4Type, ipv4({.total = 1400, .protocol = 4}, ipv4({.total = 1380}, udp(100))));
  const ExactCopy copy(frame);
  const ParsedFrame parsed = parse_frame(copy.bytes(), 1300, kTrustAll);
  EXPECT_EQ(parsed.level[0].bytes, 1286U);
  EXPECT_EQ(parsed.level[1].bytes, 1266U);
  EXPECT_EQ(parsed.level[1].whole_bytes, 1380U);
}

Octets nested(size_t levels) {
  Octets packet = inner_ipv4();
  while (--levels > 0) packet = ipv4({.protocol = 4}, packet);
  return ethernet(kIpv4Type, packet);
}

TEST(ParseIp, FourLevelsAreFoundAndAFifthIsTooDeep) {
  for (size_t levels = 1; levels <= kIpLevelsMax; ++levels) expect_inner(nested(levels), levels);
  const ParsedFrame parsed = parse(nested(kIpLevelsMax + 1), kTrustAll);
  EXPECT_EQ(parsed.level_count, kIpLevelsMax);
  EXPECT_TRUE(parsed.too_deep);
  EXPECT_FALSE(parsed.inner_damaged);
}

TEST(ParseIp, HeadersWithoutIpAreBounded) {
  Octets payload = ethernet(kIpv4Type, inner_ipv4());
  for (size_t i = 0; i < kHeadersMax / 2 - 1; ++i)
    payload = ethernet(kMplsType, mpls({42}, join({Octets(4), payload})));
  expect_inner(payload, 1);
  payload = ethernet(kMplsType, mpls({42}, join({Octets(4), payload})));
  expect_dropped(payload, PacketDrop::kTooManyHeaders, kTrustAll);
  const ParsedFrame inside = parse(over_ipv4(47, gre(0, kBridgedType, {}, payload)), kTrustAll);
  EXPECT_EQ(inside.level_count, 1);
  EXPECT_TRUE(inside.too_deep);
}

TEST(ParseIp, ContextGoesInwardsUntilAnEncapsulationSetsItsOwn) {
  const Octets tunnel = ipv4({.protocol = 17}, udp_between(50000, 2152, gtp_u({.teid = 77}, inner_ipv4())));
  const Octets inner_frame = ethernet(kIpv4Type, tunnel);
  const Octets network = ipv4({.protocol = 17}, udp_between(50000, 4789, vxlan(9, inner_frame)));
  const ParsedFrame parsed = parse(ethernet(kMplsType, mpls({42}, network), {{0x8100, 100}}), kTrustAll);
  ASSERT_EQ(parsed.level_count, 3);
  EXPECT_EQ(parsed.level[0].vlan_count, 1);
  for (const size_t level : {size_t{1}, size_t{2}})
    EXPECT_EQ(parsed.level[level].vlan_count, 0) << "a stack of its own";
  for (const IpLevel& level : parsed.levels()) EXPECT_EQ(level.label, 42U);
  EXPECT_EQ(parsed.level[0].vni, kNoContext);
  EXPECT_EQ(parsed.level[1].vni, 9U);
  EXPECT_EQ(parsed.level[2].vni, 9U);
  EXPECT_EQ(parsed.level[1].teid, kNoContext);
  EXPECT_EQ(parsed.level[2].teid, 77U);
  EXPECT_EQ(parsed.level[2].ethernet_offset, parsed.level[1].ethernet_offset);
}

TEST(ParseIp, FragmentsSayWhatTheyAre) {
  const IpLevel first = parse(ethernet(kIpv4Type, ipv4({.fragment = 0x2000}, udp()))).level[0];
  EXPECT_EQ(first.fragment, FragmentKind::kFirst);
  EXPECT_EQ(first.fragment_id, 1U);
  EXPECT_EQ(first.transport_offset, 34U);
  const IpLevel later = parse(ethernet(kIpv4Type, ipv4({.fragment = 0x2001}, udp()))).level[0];
  EXPECT_EQ(later.fragment, FragmentKind::kLater);
  EXPECT_EQ(later.fragment_id, 1U);
  EXPECT_EQ(later.transport_offset, 0U);
  EXPECT_EQ(later.protocol, 17);
  const IpLevel whole = parse(ethernet(kIpv4Type, ipv4({.fragment = 0x4000}, udp()))).level[0];
  EXPECT_EQ(whole.fragment, FragmentKind::kWhole);
  EXPECT_EQ(whole.fragment_id, 0U);
}

TEST(ParseIp, FirstFragmentOfATunnelIsLookedIntoAndALaterOneIsNot) {
  const Octets message = udp_between(50000, 2152, gtp_u({.length = 1400}, inner_ipv4()));
  expect_inner(ethernet(kIpv4Type, ipv4({.fragment = 0x2000}, message)), 2);
  expect_outer_alone(ethernet(kIpv4Type, ipv4({.fragment = 0x2001}, message)));
  expect_outer_alone(ethernet(kIpv4Type, ipv4({.fragment = 1, .protocol = 4}, inner_ipv4())));
  expect_outer_alone(over_ipv6(44, join({{4, 0, 0, 8, 0, 0, 0, 1}, inner_ipv4()})));
  expect_inner(over_ipv6(44, join({{4, 0, 0, 1, 0, 0, 0, 1}, inner_ipv4()})), 2);
}

TEST(ParseIp, UdpHeaderOfATunnelThatIsCutIsDamage) {
  const Octets message = udp_between(50000, 2152, {});
  for (size_t bytes = 4; bytes < 8; ++bytes)
    expect_damaged(over_ipv4(17, {message.begin(), message.begin() + static_cast<int>(bytes)}));
}

}  // namespace
}  // namespace lictor
