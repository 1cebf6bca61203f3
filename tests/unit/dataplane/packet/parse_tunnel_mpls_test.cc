// MPLS: IP under labels, pseudowires, and how they are told apart.

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

const Octets kControlWord(4);
const Octets kSequencedControlWord = {0, 0, 0, 9};

// An Ethernet frame whose destination begins with `octet`.
Octets wire(uint8_t octet, const Octets& payload = inner_ipv4(), const std::vector<Tag>& tags = {}) {
  Octets frame = ethernet(kIpv4Type, payload, tags);
  frame[0] = octet;
  frame[1] = 0x1b;
  return frame;
}

Octets labelled(const Octets& payload, const std::vector<uint32_t>& labels = {17, 42}) {
  return ethernet(kMplsType, mpls(labels, payload));
}

TEST(ParseMpls, Ipv4AndIpv6UnderLabelsAreTheOutermostLevel) {
  expect_inner(labelled(inner_ipv4()), 1);
  expect_inner(labelled(inner_ipv6()), 1);
  expect_inner(ethernet(0x8848, mpls({17}, inner_ipv4()), {{0x8100, 100}}), 1);
}

TEST(ParseMpls, ContextIsTheBottomLabelAndTheTagsBeforeTheStack) {
  const IpLevel level = parse(ethernet(kMplsType, mpls({17, 42}, inner_ipv4()), {{0x8100, 100}}), kTrustAll).level[0];
  EXPECT_EQ(level.label, 42U);
  EXPECT_EQ(level.vlan_count, 1);
  EXPECT_EQ(level.vlans[0], 100);
  EXPECT_EQ(level.ethernet_offset, 0U);
}

TEST(ParseMpls, EntropyLabelNamesNothing) {
  EXPECT_EQ(parse(labelled(inner_ipv4(), {17, 42, 7, 99999}), kTrustAll).level[0].label, 42U);
  EXPECT_EQ(parse(labelled(inner_ipv4(), {17, 7, 99999, 42}), kTrustAll).level[0].label, 42U);
  EXPECT_EQ(parse(labelled(inner_ipv4(), {17, 7, 7, 42}), kTrustAll).level[0].label, 42U) << "7 can be a hash, too";
}

TEST(ParseMpls, UntrustedLabelsAreNotIp) {
  EXPECT_EQ(parse(labelled(inner_ipv4())).result, ParseResult::kNotIp);
  EXPECT_EQ(parse(labelled(inner_ipv4()), trust_in({Encapsulation::kPseudowire})).result, ParseResult::kNotIp);
  EXPECT_EQ(parse(labelled(wire(2)), trust_in({Encapsulation::kMpls})).result, ParseResult::kNotIp);
}

TEST(ParseMpls, StackThatIsCutIsTruncatedAndOneThatIsTooDeepHasTooManyHeaders) {
  const Octets frame = labelled(inner_ipv4());
  for (size_t bytes = 14; bytes < 22; ++bytes)
    expect_dropped(Bytes(frame).first(bytes), PacketDrop::kTruncated, kTrustAll);
  expect_inner(labelled(inner_ipv4(), std::vector<uint32_t>(kLabelsMax, 17)), 1);
  expect_dropped(labelled(inner_ipv4(), std::vector<uint32_t>(kLabelsMax + 1, 17)), PacketDrop::kTooManyHeaders,
                 kTrustAll);
}

TEST(ParseMpls, BrokenIpUnderLabelsIsDroppedAsUnderEthernet) {
  expect_dropped(labelled(ipv4({.words = 4}, udp())), PacketDrop::kBadHeaderLength, kTrustAll);
  expect_dropped(labelled({0x45, 0}), PacketDrop::kTruncated, kTrustAll);
}

TEST(ParseMpls, PseudowireCarriesEthernetWithTagsOfItsOwn) {
  for (const Octets& word : {Octets{}, kControlWord, kSequencedControlWord}) {
    const Octets frame =
        ethernet(kMplsType, mpls({17, 42}, join({word, wire(2, inner_ipv4(), {{0x8100, 7}})})), {{0x88a8, 100}});
    expect_inner(frame, 1);
    const IpLevel level = parse(frame, kTrustAll).level[0];
    EXPECT_EQ(level.vlan_count, 1) << word.size();
    EXPECT_EQ(level.vlans[0], 7) << word.size();
    EXPECT_EQ(level.label, 42U);
    EXPECT_EQ(level.ethernet_offset, 26U + word.size());
  }
}

TEST(ParseMpls, PseudowireWithoutControlWordIsKnownWhateverItsAddressBeginsWith) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    for (const std::vector<Tag>& tags : {std::vector<Tag>{}, std::vector<Tag>{{0x8100, 7}}}) {
      const Octets frame = labelled(wire(static_cast<uint8_t>(octet), inner_ipv4(), tags));
      const ParsedFrame parsed = parse(frame, kTrustAll);
      ASSERT_EQ(parsed.level_count, 1) << octet;
      ASSERT_EQ(parsed.level[0].vlan_count, tags.size()) << octet;
      ASSERT_EQ(source_of(frame, parsed.level[0]), kInnerSource) << octet;
    }
  }
}

TEST(ParseMpls, SourceAddressThatLooksLikeAnEtherTypeHidesNothing) {
  // 8.0.69.x, where an Ethernet header would have its type and the packet its version.
  const Octets crafted = with_checksum(ipv4({.source = {8, 0, 0x45, 7}}, udp()));
  EXPECT_EQ(parse(labelled(crafted), kTrustAll).level[0].offset, 22U);
  Ipv6Fields fields;
  fields.source[4] = 8;
  fields.source[5] = 0;
  fields.source[6] = 0x45;
  EXPECT_EQ(parse(labelled(ipv6(fields, udp())), kTrustAll).level[0].offset, 22U);
}

TEST(ParseMpls, PayloadThatLeadsNowhereIsNotIpAndNotDropped) {
  for (const Octets& payload : {Octets{}, Octets{0x10, 0, 0, 7, 1, 2}, Octets(64, 0x33), ethernet(kArpType, Octets(28)),
                                join({kControlWord, ethernet(kArpType, Octets(28))})})
    EXPECT_EQ(parse(labelled(payload), kTrustAll).result, ParseResult::kNotIp);
}

TEST(ParseMpls, LabelsInGreAndInIpAreLabels) {
  const Octets in_gre = over_ipv4(47, gre(0, kMplsType, {}, mpls({42}, inner_ipv4())));
  expect_inner(in_gre, 2);
  EXPECT_EQ(parse(in_gre, kTrustAll).level[0].label, kNoContext);
  EXPECT_EQ(parse(in_gre, kTrustAll).level[1].label, 42U);
  expect_inner(over_ipv4(137, mpls({42}, inner_ipv4())), 2);
  expect_outer_alone(over_ipv4(137, mpls({42}, inner_ipv4())), {});
  expect_outer_alone(in_gre, trust_in({Encapsulation::kGre}));
}

}  // namespace
}  // namespace lictor
