// Which lcore a frame goes to: alike in both directions, for every fragment, whatever lies before the addresses.
#include "dataplane/packet/spread_hash.h"

#include <array>
#include <random>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

const Octets kA4 = {192, 0, 2, 7};
const Octets kB4 = {198, 51, 100, 9};
const Octets kA6 = Ipv6Fields{}.source;
const Octets kB6 = Ipv6Fields{}.destination;

Octets packet4(const Octets& source, const Octets& destination) {
  return ipv4({.source = source, .destination = destination}, udp());
}
Octets packet6(const Octets& source, const Octets& destination) {
  return ipv6({.source = source, .destination = destination}, udp());
}

Octets labels(size_t count, const Octets& payload) {
  Octets octets;
  for (size_t i = 1; i <= count; ++i) append(octets, {0x12, 0x34, static_cast<uint8_t>(i == count ? 0x51 : 0x50), 64});
  append(octets, payload);
  return octets;
}

Octets pppoe(uint16_t protocol, const Octets& payload) {
  Octets octets = {0x11, 0x00, 0x00, 0x17};
  append16(octets, static_cast<unsigned>(payload.size() + 2));
  append16(octets, protocol);
  append(octets, payload);
  return octets;
}

TEST(SpreadHash, DirectionsHashAlikeAndOtherFlowsDoNot) {
  EXPECT_EQ(spread_hash(ethernet(kIpv4Type, packet4(kA4, kB4))), spread_hash(ethernet(kIpv4Type, packet4(kB4, kA4))));
  EXPECT_EQ(spread_hash(ethernet(kIpv6Type, packet6(kA6, kB6))), spread_hash(ethernet(kIpv6Type, packet6(kB6, kA6))));
  EXPECT_NE(spread_hash(ethernet(kIpv4Type, packet4(kA4, kB4))),
            spread_hash(ethernet(kIpv4Type, packet4(kA4, {198, 51, 100, 10}))));
}

TEST(SpreadHash, PortsProtocolsAndFragmentsMakeNoDifference) {
  const uint64_t whole = spread_hash(ethernet(kIpv4Type, packet4(kA4, kB4)));
  EXPECT_EQ(whole, spread_hash(ethernet(kIpv4Type, ipv4({.fragment = 0x2000}, udp()))));
  EXPECT_EQ(whole, spread_hash(ethernet(kIpv4Type, ipv4({.fragment = 185}, Octets(64)))));
  EXPECT_EQ(whole, spread_hash(ethernet(kIpv4Type, ipv4({.protocol = 6}, Octets(20)))));
  EXPECT_EQ(whole, spread_hash(ethernet(kIpv4Type, ipv4({.words = 7}, Octets(16)))));
  const uint64_t whole6 = spread_hash(ethernet(kIpv6Type, packet6(kA6, kB6)));
  EXPECT_EQ(whole6, spread_hash(ethernet(kIpv6Type, ipv6({.next = 44}, extension(17)))));
}

TEST(SpreadHash, WhatLiesBeforeTheAddressesMakesNoDifference) {
  const Octets v4 = packet4(kA4, kB4);
  const Octets v6 = packet6(kA6, kB6);
  const uint64_t hash4 = spread_hash(ethernet(kIpv4Type, v4));
  const uint64_t hash6 = spread_hash(ethernet(kIpv6Type, v6));
  ASSERT_NE(hash4, 0U);
  ASSERT_NE(hash6, 0U);
  EXPECT_EQ(hash4, spread_hash(ethernet(kIpv4Type, v4, {{.control = 7}})));
  EXPECT_EQ(hash6, spread_hash(ethernet(kIpv6Type, v6, {{.type = 0x88a8}, {.type = 0x9100}, {}, {}})));
  EXPECT_EQ(hash4, spread_hash(ethernet(static_cast<uint16_t>(v4.size() + 8), snap(kIpv4Type, v4))));
  EXPECT_EQ(hash4, spread_hash(ethernet(0x8847, labels(1, v4))));
  EXPECT_EQ(hash6, spread_hash(ethernet(0x8848, labels(kSpreadLabelsMax, v6), {{}})));
  EXPECT_EQ(hash4, spread_hash(ethernet(0x8864, pppoe(0x0021, v4), {{}, {}})));
  EXPECT_EQ(hash6, spread_hash(ethernet(0x8864, pppoe(0x0057, v6))));
}

TEST(SpreadHash, WhatHasNoAddressesInReachGoesToTheFirstReceiver) {
  const Octets v4 = packet4(kA4, kB4);
  for (const Octets& frame : {ethernet(kArpType, Octets(28)), ethernet(0x8847, labels(kSpreadLabelsMax + 1, v4)),
                              ethernet(0x8847, labels(1, ethernet(kIpv4Type, v4))), ethernet(0x8864, pppoe(0xc021, v4)),
                              Octets{}, ethernet(kIpv4Type, v4, {{}, {}, {}, {}, {}})}) {
    EXPECT_EQ(spread_hash(frame), 0U);
  }
  EXPECT_EQ(receiver_of(0, 7), 0U);
}

TEST(SpreadHash, EveryPrefixOfAFrameIsReadWithinItself) {
  const std::vector<Octets> frames = {ethernet(kIpv4Type, packet4(kA4, kB4), {{}, {}}),
                                      ethernet(kIpv6Type, packet6(kA6, kB6), {{}, {}, {}, {}}),
                                      ethernet(100, snap(kIpv6Type, packet6(kA6, kB6))),
                                      ethernet(0x8847, labels(kSpreadLabelsMax, packet6(kA6, kB6)), {{}, {}, {}, {}}),
                                      ethernet(0x8864, pppoe(0x0057, packet6(kA6, kB6)))};
  for (const Octets& frame : frames) {
    const uint64_t whole = spread_hash(frame);
    size_t shortest = frame.size();
    for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
      const ExactCopy prefix(Bytes(frame).first(bytes));
      const uint64_t hash = spread_hash(prefix.bytes());
      ASSERT_TRUE(hash == 0 || hash == whole);
      if (hash == whole) shortest = std::min(shortest, bytes);
    }
    EXPECT_LE(shortest, kSpreadBytesMax) << "so many octets are gathered";
    EXPECT_LT(shortest, frame.size());
  }
}

TEST(SpreadHash, ReceiversGetEqualShares) {
  constexpr size_t kReceivers = 3;
  constexpr size_t kFlows = 30'000;
  std::array<size_t, kReceivers> shares{};
  // Neighbours in one /16 with one peer: a hash that takes bits as they are would fail here.
  for (size_t i = 0; i < kFlows; ++i) {
    const Octets host = {198, 18, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)};
    ++shares[receiver_of(spread_hash(ethernet(kIpv4Type, packet4(host, kB4))), kReceivers)];
  }
  for (const size_t share : shares) {
    EXPECT_GT(share, kFlows / kReceivers * 95 / 100);
    EXPECT_LT(share, kFlows / kReceivers * 105 / 100);
  }
}

}  // namespace
}  // namespace lictor
