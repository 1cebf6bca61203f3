// GRE and its relatives: every optional word, and which trust each of them asks for.

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

constexpr uint16_t kChecksum = 0x8000;
constexpr uint16_t kRouting = 0x4000;
constexpr uint16_t kKey = 0x2000;
constexpr uint16_t kSequence = 0x1000;
constexpr uint16_t kAcknowledgement = 0x0080;

const Octets kInnerFrame = ethernet(kIpv4Type, inner_ipv4(), {{0x8100, 7}});

Octets over_gre(uint16_t flags, uint16_t type, const Octets& words, const Octets& payload) {
  return over_ipv4(47, gre(flags, type, words, payload));
}

TEST(ParseGre, EveryChoiceOfOptionalWordsIsReadOver) {
  for (unsigned choice = 0; choice < 8; ++choice) {
    const unsigned flags =
        ((choice & 4) != 0 ? kChecksum : 0U) | ((choice & 2) != 0 ? kKey : 0U) | ((choice & 1) != 0 ? kSequence : 0U);
    const auto words = static_cast<size_t>(std::popcount(flags));
    expect_inner(over_gre(static_cast<uint16_t>(flags), kIpv4Type, Octets(words * 4, 9), inner_ipv4()), 2);
    expect_inner(over_gre(static_cast<uint16_t>(flags), kIpv6Type, Octets(words * 4, 9), inner_ipv6()), 2);
  }
}

TEST(ParseGre, SourceRoutesAreReadOver) {
  const Octets route = {8, 0, 4, 8, 1, 2, 3, 4, 5, 6, 7, 8};
  const Octets last(4);
  expect_inner(over_gre(kRouting | kKey, kIpv4Type, join({Octets(8), route, route, last}), inner_ipv4()), 2);
  Octets endless(8);
  for (size_t i = 0; i < 20; ++i) append(endless, route);
  const ParsedFrame deep = parse(over_gre(kRouting | kKey, kIpv4Type, endless, inner_ipv4()), kTrustAll);
  EXPECT_EQ(deep.level_count, 1);
  EXPECT_TRUE(deep.too_deep);
}

TEST(ParseGre, OverIpv6AndTwiceOverItself) {
  expect_inner(over_ipv6(47, gre(0, kIpv4Type, {}, inner_ipv4())), 2);
  expect_inner(over_gre(0, kIpv4Type, {}, ipv4({.protocol = 47}, gre(0, kIpv6Type, {}, inner_ipv6()))), 3);
}

TEST(ParseGre, BridgedEthernetBeginsANewStackOfTags) {
  const Octets outer = ipv4({.protocol = 47}, gre(0, kBridgedType, {}, kInnerFrame));
  const Octets frame = ethernet(kIpv4Type, outer, {{0x8100, 100}});
  expect_inner(frame, 2);
  const ParsedFrame parsed = parse(frame, kTrustAll);
  EXPECT_EQ(parsed.level[0].vlans[0], 100);
  EXPECT_EQ(parsed.level[1].vlan_count, 1);
  EXPECT_EQ(parsed.level[1].vlans[0], 7);
  EXPECT_EQ(parsed.level[1].ethernet_offset, 42U);
  EXPECT_EQ(parsed.level[1].vni, kNoContext);
}

TEST(ParseGre, IpInGreKeepsTheTagsAroundIt) {
  const Octets outer = ipv4({.protocol = 47}, gre(0, kIpv4Type, {}, inner_ipv4()));
  const IpLevel level = parse(ethernet(kIpv4Type, outer, {{0x8100, 100}}), kTrustAll).level[1];
  EXPECT_EQ(level.vlan_count, 1);
  EXPECT_EQ(level.vlans[0], 100);
  EXPECT_EQ(level.ethernet_offset, 0U);
}

TEST(ParseGre, NvgreIsAKeyAloneAndNamesASubnet) {
  const Octets frame = over_gre(kKey, kBridgedType, of32(0x123456'78), kInnerFrame);
  expect_inner(frame, 2);
  EXPECT_EQ(parse(frame, kTrustAll).level[1].vni, 0x123456U);
  EXPECT_EQ(parse(frame, trust_in({Encapsulation::kNvgre})).level[1].vni, 0x123456U);
  const ParsedFrame as_gre = parse(frame, trust_in({Encapsulation::kGre}));
  EXPECT_EQ(as_gre.level_count, 2);
  EXPECT_EQ(as_gre.level[1].vni, kNoContext) << "without trust in NVGRE a key is a key";
  const Octets numbered = over_gre(kKey | kSequence, kBridgedType, Octets(8, 1), kInnerFrame);
  EXPECT_EQ(parse(numbered, kTrustAll).level[1].vni, kNoContext);
  expect_outer_alone(numbered, trust_in({Encapsulation::kNvgre}));
}

TEST(ParseGre, ErspanOfAllThreeTypes) {
  const Octets second = {0x10, 0x64, 0, 1, 0, 0, 0, 0};
  const auto third = [](uint8_t frame_type, bool optional) {
    const auto last = static_cast<uint8_t>(optional ? 1 : 0);
    return join({{0x20, 0x64, 0, 1, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(0x80 | frame_type << 2), last},
                 Octets(optional ? 8 : 0)});
  };
  for (const Octets& frame : {over_gre(0, kErspanType, {}, kInnerFrame),
                              over_gre(kSequence, kErspanType, Octets(4), join({second, kInnerFrame})),
                              over_gre(kSequence, kErspanIiiType, Octets(4), join({third(0, false), kInnerFrame})),
                              over_gre(kSequence, kErspanIiiType, Octets(4), join({third(0, true), kInnerFrame})),
                              over_gre(kSequence, kErspanIiiType, Octets(4), join({third(2, true), inner_ipv4()})),
                              over_gre(kSequence, kErspanIiiType, Octets(4), join({third(2, false), inner_ipv6()}))}) {
    expect_inner(frame, 2);
    expect_inner(frame, 2, trust_in({Encapsulation::kErspan}));
    expect_outer_alone(frame, trust_without(Encapsulation::kErspan));
  }
  expect_outer_alone(over_gre(kSequence, kErspanIiiType, Octets(4), join({third(1, false), kInnerFrame})));
  expect_outer_alone(over_gre(kSequence, kErspanType, Octets(4), join({{0x30, 0, 0, 0, 0, 0, 0, 0}, kInnerFrame})));
}

TEST(ParseGre, PptpCarriesPppWhereItHasASequenceNumber) {
  const auto pptp = [](uint16_t flags, const Octets& words, const Octets& payload) {
    return over_gre(flags | kKey | 1, 0x880b, words, payload);
  };
  expect_inner(pptp(kSequence, Octets(8), ppp(0x0021, inner_ipv4())), 2);
  expect_inner(pptp(kSequence | kAcknowledgement, Octets(12), join({{0xff, 0x03, 0x57}, inner_ipv6()})), 2);
  expect_outer_alone(pptp(kAcknowledgement, Octets(8), {}));
}

TEST(ParseGre, WhatIsNotTrustedOrNotIpIsNotLookedInto) {
  expect_outer_alone(over_gre(0, kIpv4Type, {}, inner_ipv4()), {});
  expect_outer_alone(over_gre(0, kIpv4Type, {}, inner_ipv4()), trust_without(Encapsulation::kGre));
  expect_outer_alone(over_gre(0, kArpType, {}, Octets(28)));
  expect_outer_alone(over_gre(2, kIpv4Type, {}, inner_ipv4()));  // version 2
  expect_outer_alone(over_gre(0, kIpv4Type, {}, {}), {});
}

TEST(ParseGre, InsideThatCannotBeReadLeavesTheOuterLevel) {
  expect_damaged(over_gre(0, kIpv4Type, {}, inner_ipv6()));
  expect_damaged(over_gre(0, kIpv4Type, {}, {}));
  expect_damaged(over_gre(0, kBridgedType, {}, Octets(13)));
  expect_damaged(over_gre(kSequence, kErspanType, Octets(4), {0x10, 0}));
  expect_damaged(over_gre(0, kBridgedType, {}, ethernet(kIpv4Type, inner_ipv4(), std::vector<Tag>(5))));
  const Octets whole = gre(kChecksum | kKey | kSequence, kIpv4Type, Octets(12), {});
  for (size_t bytes = 0; bytes < whole.size(); ++bytes)
    expect_damaged(over_ipv4(47, {whole.begin(), whole.begin() + static_cast<int>(bytes)}));
}

}  // namespace
}  // namespace lictor
