// parse_transport: ports behind IPv6 extension headers, and what leaves them unknown.

#include "dataplane/packet/parse_transport.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

IpLevel transport_of(IpLevel level, uint8_t next, const Octets& payload) {
  const ExactCopy copy(payload);
  EXPECT_TRUE(parse_transport(next, copy.bytes(), 0, level));
  return level;
}

IpLevel ports_of(uint8_t protocol, const Octets& payload) { return transport_of({}, protocol, payload); }
IpLevel chain_of(uint8_t next, const Octets& payload) { return transport_of({.ipv6 = true}, next, payload); }

TEST(ParsePorts, TcpUdpAndSctpHavePorts) {
  for (const uint8_t protocol : {uint8_t{6}, uint8_t{17}, uint8_t{132}}) {
    const IpLevel frame = ports_of(protocol, {0x12, 0x34, 0x56, 0x78});
    EXPECT_TRUE(frame.ports_known);
    EXPECT_EQ(frame.protocol, protocol);
    EXPECT_EQ(frame.source_port, 0x1234);
    EXPECT_EQ(frame.destination_port, 0x5678);
  }
}

TEST(ParsePorts, IcmpHasTypeAndCode) {
  for (const uint8_t protocol : {uint8_t{1}, uint8_t{58}}) {
    const IpLevel frame = ports_of(protocol, {3, 4});
    EXPECT_TRUE(frame.ports_known);
    EXPECT_EQ(frame.source_port, 3);
    EXPECT_EQ(frame.destination_port, 4);
  }
}

TEST(ParsePorts, CutHeaderLeavesThemUnknown) {
  for (size_t bytes = 0; bytes < 4; ++bytes) EXPECT_FALSE(ports_of(17, Octets(bytes, 1)).ports_known) << bytes;
  for (size_t bytes = 0; bytes < 2; ++bytes) EXPECT_FALSE(ports_of(1, Octets(bytes, 1)).ports_known) << bytes;
}

TEST(ParsePorts, OtherProtocolsHaveNone) {
  for (const uint8_t protocol : {uint8_t{2}, uint8_t{4}, uint8_t{41}, uint8_t{47}, uint8_t{50}, uint8_t{59}})
    EXPECT_FALSE(ports_of(protocol, udp()).ports_known) << int{protocol};
}

TEST(ParseTransport, EveryProtocolThatIsReachedIsNamedWithItsPlace) {
  for (const uint8_t protocol : {uint8_t{2}, uint8_t{4}, uint8_t{47}, uint8_t{50}, uint8_t{59}}) {
    const IpLevel level = chain_of(60, join({extension(protocol), udp()}));
    EXPECT_EQ(level.protocol, protocol);
    EXPECT_EQ(level.transport_offset, 8U);
  }
}

TEST(ParseTransport, HeaderThatBeginsBehindTheOctetsHasAProtocolAndNoPlace) {
  IpLevel level;
  EXPECT_TRUE(parse_transport(17, udp(), 100, level));
  EXPECT_EQ(level.protocol, 17);
  EXPECT_EQ(level.transport_offset, 0U);
  EXPECT_FALSE(level.ports_known);
}

TEST(ParseTransport, Ipv4HasNoExtensionHeadersButTheAuthenticationHeader) {
  Octets authentication(24);
  authentication[0] = 17;
  authentication[1] = 4;
  const IpLevel level = ports_of(51, join({authentication, udp()}));
  EXPECT_TRUE(level.ports_known);
  EXPECT_EQ(level.protocol, 17);
  EXPECT_EQ(level.transport_offset, 24U);
  const IpLevel options = ports_of(60, join({extension(17), udp()}));
  EXPECT_EQ(options.protocol, 60);
  EXPECT_FALSE(options.ports_known);
}

TEST(ParseTransport, LaterFragmentHasTheProtocolThatTheHeaderBeforeItNames) {
  const IpLevel level = transport_of({.fragment = FragmentKind::kLater}, 17, udp());
  EXPECT_EQ(level.protocol, 17);
  EXPECT_EQ(level.transport_offset, 0U);
  EXPECT_FALSE(level.ports_known);
  EXPECT_EQ(transport_of({.fragment = FragmentKind::kLater}, 51, udp()).protocol, 0) << "AH is in the first fragment";
  EXPECT_EQ(chain_of(44, join({{17, 0, 0, 8, 0, 0, 0, 1}, udp()})).protocol, 17);
  EXPECT_EQ(chain_of(44, join({{60, 0, 0, 8, 0, 0, 0, 1}, udp()})).protocol, 0) << "options are in the first fragment";
}

TEST(ParseTransport, FragmentHeaderSaysWhichFragmentItIs) {
  const IpLevel first = chain_of(44, join({{17, 0, 0, 1, 1, 2, 3, 4}, udp()}));
  EXPECT_EQ(first.fragment, FragmentKind::kFirst);
  EXPECT_EQ(first.fragment_id, 0x01020304U);
  EXPECT_TRUE(first.ports_known);
  const IpLevel later = chain_of(44, join({{17, 0, 0, 0x10, 1, 2, 3, 4}, udp()}));
  EXPECT_EQ(later.fragment, FragmentKind::kLater);
  EXPECT_EQ(later.fragment_id, 0x01020304U);
  const IpLevel whole = chain_of(44, join({{17, 0, 0, 0, 1, 2, 3, 4}, udp()}));
  EXPECT_EQ(whole.fragment, FragmentKind::kWhole) << "an atomic fragment, RFC 6946";
  EXPECT_TRUE(whole.ports_known);
}

TEST(ParseExtensionHeaders, EveryKindIsWalked) {
  for (const uint8_t kind : {uint8_t{0}, uint8_t{43}, uint8_t{44}, uint8_t{60}, uint8_t{135}}) {
    const Octets header = kind == 44 ? Octets{17, 0, 0, 1, 0, 0, 0, 1} : extension(17);
    const IpLevel frame = chain_of(kind, join({header, udp()}));
    EXPECT_TRUE(frame.ports_known) << int{kind};
    EXPECT_EQ(frame.source_port, 4000) << int{kind};
  }
}

TEST(ParseExtensionHeaders, LengthCountsEightOctetsBehindTheFirst) {
  Octets header(24);
  header[0] = 17;
  header[1] = 2;
  EXPECT_EQ(chain_of(60, join({header, udp()})).source_port, 4000);
}

TEST(ParseExtensionHeaders, AuthenticationHeaderCountsFourOctetsLessTwo) {
  Octets header(24);
  header[0] = 17;
  header[1] = 4;
  const IpLevel frame = chain_of(51, join({header, udp()}));
  EXPECT_TRUE(frame.ports_known);
  EXPECT_EQ(frame.source_port, 4000);
}

TEST(ParseExtensionHeaders, SecondOctetOfAFragmentHeaderIsNoLength) {
  EXPECT_EQ(chain_of(44, join({{17, 200, 0, 1, 0, 0, 0, 1}, udp()})).source_port, 4000);
}

TEST(ParseExtensionHeaders, LaterFragmentHasNoPorts) {
  EXPECT_FALSE(chain_of(44, join({{17, 0, 0, 8, 0, 0, 0, 1}, udp()})).ports_known);
  EXPECT_TRUE(chain_of(44, join({{17, 0, 0, 7, 0, 0, 0, 1}, udp()})).ports_known) << "offset 0; the rest are flags";
}

TEST(ParseExtensionHeaders, EncryptedPayloadHasNoPorts) {
  EXPECT_FALSE(chain_of(60, join({extension(50), udp()})).ports_known);
}

TEST(ParseExtensionHeaders, EightAreFollowedAndTheNinthLeavesPortsUnknown) {
  Octets chain;
  for (size_t i = 1; i < kExtensionHeadersMax; ++i) append(chain, extension(60));
  EXPECT_TRUE(chain_of(60, join({chain, extension(17), udp()})).ports_known);
  IpLevel deep{.ipv6 = true};
  EXPECT_FALSE(parse_transport(60, join({chain, extension(60), extension(17), udp()}), 0, deep)) << "and says so";
  EXPECT_FALSE(deep.ports_known);
  EXPECT_EQ(deep.protocol, 0);
}

TEST(ParseExtensionHeaders, EveryPrefixOfAChainLeavesPortsUnknownUntilTheyAreThere) {
  Octets authentication(12);
  authentication[0] = 60;
  authentication[1] = 1;
  const Octets chain = join({extension(51), authentication, extension(44), {17, 0, 0, 1, 0, 0, 0, 1}, udp()});
  const size_t ports_end = chain.size() - udp().size() + 4;
  for (size_t bytes = 0; bytes <= chain.size(); ++bytes) {
    const IpLevel frame = chain_of(0, {chain.begin(), chain.begin() + static_cast<int>(bytes)});
    EXPECT_EQ(frame.ports_known, bytes >= ports_end) << bytes;
  }
}

TEST(ParseExtensionHeaders, BrokenChainStillClassifiesTheFrame) {
  const ParsedFrame cut = parse(ethernet(kIpv6Type, ipv6({.next = 60}, {17, 255, 0, 0})));
  EXPECT_TRUE(is_ipv6(cut));
  EXPECT_FALSE(cut.level[0].ports_known);
  Octets endless;
  for (size_t i = 0; i < 100; ++i) append(endless, extension(60));
  const ParsedFrame deep = parse(ethernet(kIpv6Type, ipv6({.next = 60}, endless)));
  EXPECT_TRUE(is_ipv6(deep));
  EXPECT_EQ(deep.level[0].bytes, 840U);
  EXPECT_FALSE(deep.level[0].ports_known);
  EXPECT_TRUE(deep.too_deep);
  EXPECT_FALSE(cut.too_deep);
}

}  // namespace
}  // namespace lictor
