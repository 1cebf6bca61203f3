// The network service header: where it stands, what it carries, and what is not looked into.

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

const Octets kInnerFrame = ethernet(kIpv4Type, inner_ipv4(), {{0x8100, 7}});

TEST(ParseNsh, CarriesWhatItNames) {
  for (const uint8_t words : Octets{0, 1, 4, 61}) {
    expect_inner(ethernet(kNshType, nsh(1, inner_ipv4(), words)), 1);
    expect_inner(ethernet(kNshType, nsh(2, inner_ipv6(), words)), 1);
    expect_inner(ethernet(kNshType, nsh(3, kInnerFrame, words)), 1);
    expect_inner(ethernet(kNshType, nsh(4, nsh(1, inner_ipv4()), words)), 1);
    expect_inner(ethernet(kNshType, nsh(5, mpls({42}, inner_ipv4()), words)), 1);
  }
}

TEST(ParseNsh, StandsBehindEthernetGreAndGeneve) {
  expect_inner(ethernet(kNshType, nsh(1, inner_ipv4()), {{0x8100, 9}}), 1);
  EXPECT_EQ(parse(ethernet(kNshType, nsh(1, inner_ipv4()), {{0x8100, 9}}), kTrustAll).level[0].vlans[0], 9);
  expect_inner(over_ipv4(kGreType, gre(0, kNshType, {}, nsh(1, inner_ipv4()))), 2);
  expect_inner(over_udp(6081, geneve(7, kNshType, nsh(1, inner_ipv4()))), 2);
}

TEST(ParseNsh, OamOtherVersionsProtocolsAndWithoutTrustItIsNotLookedInto) {
  const auto expect_not_ip = [](const Octets& frame, const EncapsulationTrust& trust = kTrustAll) {
    EXPECT_EQ(parse(frame, trust).result, ParseResult::kNotIp);
  };
  for (const uint8_t bits : Octets{0x20, 0x40, 0x80}) {
    Octets header = nsh(1, inner_ipv4());
    header[0] |= bits;
    expect_not_ip(ethernet(kNshType, header));
  }
  for (const uint8_t next : Octets{0, 6, 0xfe}) expect_not_ip(ethernet(kNshType, nsh(next, inner_ipv4())));
  expect_not_ip(ethernet(kNshType, nsh(1, inner_ipv4())), trust_without(Encapsulation::kNsh));
  expect_not_ip(ethernet(kNshType, nsh(5, mpls({42}, inner_ipv4()))), trust_in({Encapsulation::kNsh}));
}

TEST(ParseNsh, CutOrTooShortItIsDroppedWhereNothingIsAroundItAndElseDamage) {
  Octets shorter = nsh(1, inner_ipv4());
  shorter[1] = static_cast<uint8_t>((shorter[1] & 0xc0) | 1);
  EXPECT_EQ(parse(ethernet(kNshType, shorter), kTrustAll).drop, PacketDrop::kBadHeaderLength);
  const Octets header = nsh(1, {});
  for (size_t bytes = 0; bytes < header.size(); ++bytes) {
    const Octets cut(header.begin(), header.begin() + static_cast<int>(bytes));
    const ParsedFrame parsed = parse(ethernet(kNshType, cut), kTrustAll);
    EXPECT_EQ(parsed.result, ParseResult::kDropped);
    EXPECT_EQ(parsed.drop, PacketDrop::kTruncated);
    expect_damaged(over_ipv4(kGreType, gre(0, kNshType, {}, cut)));
  }
}

TEST(ParseNsh, EndlessHeadersAreBounded) {
  Octets packet = inner_ipv4();
  packet = nsh(1, packet, 0);
  for (size_t i = 0; i < kHeadersMax; ++i) packet = nsh(4, packet, 0);
  EXPECT_EQ(parse(ethernet(kNshType, packet), kTrustAll).drop, PacketDrop::kTooManyHeaders);
}

}  // namespace
}  // namespace lictor
