// PPPoE, PPP and L2TP: where the packet begins, and what is control and not looked into.

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

const Octets kInnerFrame = ethernet(kIpv4Type, inner_ipv4(), {{0x8100, 7}});

TEST(ParsePppoe, SessionCarriesTheOutermostLevel) {
  expect_inner(ethernet(kPppoeType, pppoe(ppp(0x0021, inner_ipv4()))), 1);
  expect_inner(ethernet(kPppoeType, pppoe(ppp(0x0057, inner_ipv6())), {{0x88a8, 100}, {0x8100, 7}}), 1);
  EXPECT_EQ(parse(ethernet(kPppoeType, pppoe(ppp(0x0021, inner_ipv4())))).result, ParseResult::kNotIp);
}

TEST(ParsePppoe, DiscoveryAndOtherProtocolsAreNotIp) {
  EXPECT_EQ(parse(ethernet(0x8863, pppoe({}, 9)), kTrustAll).result, ParseResult::kNotIp);
  EXPECT_EQ(parse(ethernet(kPppoeType, pppoe(ppp(0x0021, inner_ipv4()), 9)), kTrustAll).result, ParseResult::kNotIp);
  EXPECT_EQ(parse(ethernet(kPppoeType, pppoe(ppp(0xc021, inner_ipv4()))), kTrustAll).result, ParseResult::kNotIp);
}

TEST(ParsePppoe, ItsLengthEndsThePacket) {
  Octets session = pppoe(ppp(0x0021, inner_ipv4(udp(100))));
  session[5] = 2 + 20 + 8;
  session[4] = 0;
  const IpLevel level = parse(ethernet(kPppoeType, session), kTrustAll).level[0];
  EXPECT_EQ(level.bytes, 28U);
  EXPECT_EQ(level.whole_bytes, 128U);
}

TEST(ParsePppoe, CutHeaderOrPacketIsTruncated) {
  const Octets frame = ethernet(kPppoeType, pppoe(ppp(0x0021, inner_ipv4())));
  for (size_t bytes = 14; bytes < 14 + 6 + 2 + 20; ++bytes)
    expect_dropped(Bytes(frame).first(bytes), PacketDrop::kTruncated, kTrustAll);
}

TEST(ParsePpp, AddressControlAndCompressedProtocolMayBeThereOrNot) {
  for (const Octets& header : {Octets{0, 0x21}, Octets{0x21}, Octets{0xff, 0x03, 0, 0x21}, Octets{0xff, 0x03, 0x21}})
    expect_inner(ethernet(kPppoeType, pppoe(join({header, inner_ipv4()}))), 1);
}

TEST(ParsePpp, LabelsInPppAreLabels) {
  expect_inner(ethernet(kPppoeType, pppoe(ppp(0x0281, mpls({42}, inner_ipv4())))), 1);
  EXPECT_EQ(parse(ethernet(kPppoeType, pppoe(ppp(0x0281, mpls({42}, inner_ipv4())))), trust_in({Encapsulation::kPppoe}))
                .result,
            ParseResult::kNotIp);
}

TEST(ParseL2tp, Version2WithEveryOptionalField) {
  const Octets packet = ppp(0x0021, inner_ipv4());
  expect_inner(over_udp(1701, l2tp_v2(0, {}, packet)), 2);
  expect_inner(over_udp(1701, l2tp_v2(0x4000, {}, packet)), 2);
  expect_inner(over_udp(1701, l2tp_v2(0x0800, Octets(4), packet)), 2);
  expect_inner(over_udp(1701, l2tp_v2(0x0200, {0, 3, 1, 2, 3}, packet)), 2);
  expect_inner(over_udp(1701, l2tp_v2(0x4a00, join({Octets(4), {0, 3, 1, 2, 3}}), packet)), 2);
}

TEST(ParseL2tp, EitherPortMayBeTheWellKnownOne) {
  expect_inner(over_ipv4(17, udp_between(1701, 50000, l2tp_v2(0, {}, ppp(0x0021, inner_ipv4())))), 2);
}

TEST(ParseL2tp, ControlMessagesAndOtherVersionsAreNotLookedInto) {
  expect_outer_alone(over_udp(1701, l2tp_v2(0xc800, Octets(4), ppp(0x0021, inner_ipv4()))));
  expect_outer_alone(over_udp(1701, join({{0, 1}, Octets(60)})));
  expect_outer_alone(over_ipv4(115, join({Octets(4), kInnerFrame})));
  expect_outer_alone(over_udp(1701, l2tp_v2(0, {}, ppp(0x0021, inner_ipv4()))), trust_without(Encapsulation::kL2tp));
  expect_outer_alone(over_ipv4(115, join({of32(7), kInnerFrame})), trust_without(Encapsulation::kL2tp));
}

TEST(ParseL2tp, LengthEndsThePacketAndOneBelowTheHeaderIsDamage) {
  Octets message = l2tp_v2(0x4000, {}, ppp(0x0021, inner_ipv4(udp(100))));
  message[3] = 8 + 2 + 20 + 8;
  EXPECT_EQ(parse(over_udp(1701, message), kTrustAll).level[1].bytes, 28U);
  message[3] = 7;
  expect_damaged(over_udp(1701, message));
}

TEST(ParseL2tp, Version3OverUdpAndIpWithEachCookie) {
  for (const uint8_t cookie : {uint8_t{0}, uint8_t{4}, uint8_t{8}}) {
    EncapsulationTrust trust = kTrustAll;
    trust.l2tpv3_cookie_bytes = cookie;
    for (const Octets& payload : {kInnerFrame, join({Octets(4), kInnerFrame}), ppp(0x0021, inner_ipv4()),
                                  join({{0xff, 0x03, 0, 0x57}, inner_ipv6()})}) {
      const Octets session = join({of32(7), Octets(cookie, 0xcc), payload});
      expect_inner(over_ipv4(115, session), 2, trust);
      expect_inner(over_ipv6(115, session), 2, trust);
      expect_inner(over_udp(1701, join({{0, 3, 0, 0}, session})), 2, trust);
    }
  }
  expect_outer_alone(over_ipv4(115, join({of32(7), Octets(60, 0xcc)})));
}

TEST(ParseL2tp, CutHeadersAreDamage) {
  const Octets v2 = l2tp_v2(0x4a00, join({Octets(4), {0, 3, 1, 2, 3}}), ppp(0x0021, inner_ipv4()));
  for (size_t bytes = 0; bytes < 18; ++bytes)
    expect_damaged(over_udp(1701, {v2.begin(), v2.begin() + static_cast<int>(bytes)}));
  EncapsulationTrust trust = kTrustAll;
  trust.l2tpv3_cookie_bytes = 8;
  expect_damaged(over_ipv4(115, join({of32(7), Octets(7)})), trust);
  expect_damaged(over_ipv4(115, {0, 0, 0}), trust);
}

}  // namespace
}  // namespace lictor
