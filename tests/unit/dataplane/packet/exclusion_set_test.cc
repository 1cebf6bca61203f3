// Whose packets are never copied, and that nobody else's are held back.
#include "dataplane/packet/exclusion_set.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dataplane/packet/level_of.h"

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

IpPrefix prefix(const Octets& octets, uint32_t bits) { return IpPrefix::make(octets, bits).value(); }

TransportEndpoint endpoint(const Octets& address, uint8_t protocol, uint16_t port) {
  TransportEndpoint made{.ipv6 = address.size() == 16, .protocol = protocol, .port = port};
  std::ranges::copy(address, made.address.begin());
  return made;
}

Octets frame_between(const Octets& source, const Octets& destination) {
  return source.size() == 4 ? ethernet(kIpv4Type, ipv4({.source = source, .destination = destination}, udp()))
                            : ethernet(kIpv6Type, ipv6({.source = source, .destination = destination}, udp()));
}

bool excludes(const ExclusionSet& set, const Octets& frame) { return set.excludes(level_of(frame), frame); }

const Octets kOther4 = {198, 51, 100, 9};
const Octets kOther6 = {0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};

TEST(ExclusionSet, AnEmptyOneExcludesNothing) {
  EXPECT_TRUE(ExclusionSet().empty());
  EXPECT_FALSE(excludes(ExclusionSet(), frame_between({192, 0, 2, 7}, kOther4)));
}

TEST(ExclusionSet, APrefixExcludesBothDirectionsAndEndsWhereItEnds) {
  const IpPrefix net = prefix({192, 0, 2, 64}, 26);
  const ExclusionSet set(std::span(&net, 1), {});
  for (const auto& [last, inside] :
       std::vector<std::pair<uint8_t, bool>>{{63, false}, {64, true}, {127, true}, {128, false}}) {
    EXPECT_EQ(excludes(set, frame_between({192, 0, 2, last}, kOther4)), inside) << int{last};
    EXPECT_EQ(excludes(set, frame_between(kOther4, {192, 0, 2, last})), inside) << int{last};
  }
}

TEST(ExclusionSet, APrefixOfIpv6IsNoneOfIpv4) {
  const std::vector<IpPrefix> six = {prefix(Octets(16), 0)};
  const std::vector<IpPrefix> four = {prefix(Octets(4), 0)};
  EXPECT_TRUE(excludes({six, {}}, frame_between(kOther6, kOther6)));
  EXPECT_FALSE(excludes({six, {}}, frame_between(kOther4, kOther4)));
  EXPECT_TRUE(excludes({four, {}}, frame_between(kOther4, kOther4)));
  EXPECT_FALSE(excludes({four, {}}, frame_between(kOther6, kOther6)));
}

TEST(ExclusionSet, NestedAndRepeatedPrefixesAreTheirUnion) {
  const std::vector<IpPrefix> nets = {prefix({192, 0, 2, 0}, 24), prefix({192, 0, 2, 7}, 32),
                                      prefix({192, 0, 2, 0}, 25), prefix({192, 0, 2, 0}, 24),
                                      prefix({192, 0, 4, 0}, 24)};
  const ExclusionSet set(nets, {});
  EXPECT_TRUE(excludes(set, frame_between({192, 0, 2, 255}, kOther4)));
  EXPECT_TRUE(excludes(set, frame_between({192, 0, 4, 0}, kOther4)));
  EXPECT_FALSE(excludes(set, frame_between({192, 0, 3, 0}, kOther4)));
}

TEST(ExclusionSet, RandomPrefixesAreWhatEachOfThemIs) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<IpPrefix> nets;
    for (uint32_t i = 0; i < random() % 20; ++i) {
      const auto bits = static_cast<uint32_t>(16 + random() % 17);
      const uint32_t host = static_cast<uint32_t>(random() % 4096);
      const uint32_t value = (0xc0000000U | host) & UINT32_MAX << (32 - bits);
      nets.push_back(prefix(
          {static_cast<uint8_t>(value >> 24), 0, static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}, bits));
    }
    const ExclusionSet set(nets, {});
    for (int i = 0; i < 50; ++i) {
      const uint32_t value = 0xc0000000U | static_cast<uint32_t>(random() % 4096);
      const bool inside = std::ranges::any_of(nets, [&](const IpPrefix& net) {
        const uint32_t mask = UINT32_MAX << (32 - net.bits);
        const uint32_t own = uint32_t{net.octets[0]} << 24 | uint32_t{net.octets[2]} << 8 | net.octets[3];
        return (value & mask) == own;
      });
      const Octets address = {static_cast<uint8_t>(value >> 24), 0, static_cast<uint8_t>(value >> 8),
                              static_cast<uint8_t>(value)};
      ASSERT_EQ(excludes(set, frame_between(address, kOther4)), inside) << round;
    }
  }
}

TEST(ExclusionSet, AnEndpointIsAddressProtocolAndPort) {
  const TransportEndpoint own = endpoint({192, 0, 2, 7}, kUdp, 53);
  const ExclusionSet set({}, std::span(&own, 1));
  EXPECT_TRUE(excludes(set, frame_between(kOther4, {192, 0, 2, 7}))) << "to port 53";
  EXPECT_FALSE(excludes(set, frame_between({192, 0, 2, 7}, kOther4))) << "from port 4000";
  EXPECT_FALSE(excludes(set, frame_between(kOther4, {192, 0, 2, 8})));
  const TransportEndpoint stream = endpoint({192, 0, 2, 7}, kTcp, 53);
  EXPECT_FALSE(excludes({{}, std::span(&stream, 1)}, frame_between(kOther4, {192, 0, 2, 7})));
  const TransportEndpoint answering = endpoint({192, 0, 2, 7}, kUdp, 4000);
  EXPECT_TRUE(excludes({{}, std::span(&answering, 1)}, frame_between({192, 0, 2, 7}, kOther4))) << "from port 4000";
  const TransportEndpoint six = endpoint(kOther6, kUdp, 53);
  EXPECT_TRUE(excludes({{}, std::span(&six, 1)}, frame_between(kOther6, kOther6)));
}

TEST(ExclusionSet, ALaterFragmentToAnEndpointIsExcludedToo) {
  const TransportEndpoint own = endpoint({192, 0, 2, 7}, kUdp, 53);
  const ExclusionSet set({}, std::span(&own, 1));
  const auto fragment = [&](uint8_t protocol, const Octets& to) {
    return ethernet(kIpv4Type,
                    ipv4({.fragment = 100, .protocol = protocol, .source = kOther4, .destination = to}, Octets(16, 9)));
  };
  EXPECT_TRUE(excludes(set, fragment(kUdp, {192, 0, 2, 7})));
  EXPECT_FALSE(excludes(set, fragment(kTcp, {192, 0, 2, 7})));
  EXPECT_FALSE(excludes(set, fragment(kUdp, {192, 0, 2, 8})));
}

TEST(ExclusionSet, AWholePacketWithoutPortsIsNoEndpoints) {
  const TransportEndpoint own = endpoint({192, 0, 2, 7}, kUdp, 53);
  const ExclusionSet set({}, std::span(&own, 1));
  const Octets cut = ethernet(kIpv4Type, ipv4({.destination = {192, 0, 2, 7}}, {1}));
  EXPECT_FALSE(excludes(set, cut));
}

TEST(ExclusionSet, ReadsNoOctetBehindTheCapture) {
  const std::vector<IpPrefix> everything = {prefix(Octets(4), 0), prefix(Octets(16), 0)};
  const ExclusionSet set(everything, {});
  for (const Octets& frame : {frame_between({192, 0, 2, 7}, kOther4), frame_between(kOther6, kOther6)}) {
    const IpLevel level = level_of(frame);
    for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
      const ExactCopy prefix_of_it(Bytes(frame).first(bytes));
      const bool whole_header = bytes >= level.offset + (level.ipv6 ? 40U : 20U);
      EXPECT_EQ(set.excludes(level, prefix_of_it.bytes()), whole_header) << bytes;
    }
  }
}

}  // namespace
}  // namespace lictor
