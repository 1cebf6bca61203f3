// IpPrefix: what is a prefix and what is refused.

#include "dataplane/packet/ip_prefix.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lictor {
namespace {

TEST(IpPrefix, TakesHostsAndPrefixesOfBothFamilies) {
  const auto v4 = IpPrefix::make(std::vector<uint8_t>{192, 0, 2, 0}, 24);
  ASSERT_TRUE(v4.ok());
  EXPECT_FALSE(v4->ipv6);
  EXPECT_EQ(v4->bits, 24);
  EXPECT_EQ(v4->octets, (std::array<uint8_t, 16>{192, 0, 2}));
  std::vector<uint8_t> host(16);
  host[0] = 0x20;
  host[15] = 7;
  const auto v6 = IpPrefix::make(host, 128);
  ASSERT_TRUE(v6.ok());
  EXPECT_TRUE(v6->ipv6);
  EXPECT_EQ(v6->bits, 128);
  EXPECT_EQ(v6->octets[15], 7);
}

TEST(IpPrefix, RefusesOctetsThatAreNoAddress) {
  for (size_t octets = 0; octets <= 20; ++octets)
    EXPECT_EQ(IpPrefix::make(std::vector<uint8_t>(octets), 0).ok(), octets == 4 || octets == 16) << octets;
}

TEST(IpPrefix, RefusesMoreBitsThanTheAddressHas) {
  EXPECT_TRUE(IpPrefix::make(std::vector<uint8_t>(4), 32).ok());
  EXPECT_FALSE(IpPrefix::make(std::vector<uint8_t>(4), 33).ok());
  EXPECT_TRUE(IpPrefix::make(std::vector<uint8_t>(16), 128).ok());
  EXPECT_FALSE(IpPrefix::make(std::vector<uint8_t>(16), 129).ok());
  EXPECT_FALSE(IpPrefix::make(std::vector<uint8_t>(4), 256 + 24).ok()) << "bits are kept in one octet";
}

TEST(IpPrefix, RefusesEveryHostBitAndTakesEveryNetworkBit) {
  for (const size_t octets : {size_t{4}, size_t{16}}) {
    for (uint32_t set = 0; set < octets * 8; ++set) {
      std::vector<uint8_t> address(octets);
      address[set / 8] = static_cast<uint8_t>(0x80U >> set % 8);
      for (uint32_t bits = 0; bits <= octets * 8; ++bits)
        ASSERT_EQ(IpPrefix::make(address, bits).ok(), set < bits) << "bit " << set << " in a prefix of " << bits;
    }
  }
}

TEST(IpPrefix, RefusalNamesNoAddress) {
  const auto refused = IpPrefix::make(std::vector<uint8_t>{192, 0, 2, 7}, 24);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(std::string(refused.status().message()).find("192"), std::string::npos);
}

TEST(IpPrefix, TextsAreReadAndEverythingElseIsRefused) {
  EXPECT_EQ(*IpPrefix::parse("192.0.2.0/24"), *IpPrefix::make(std::vector<uint8_t>{192, 0, 2, 0}, 24));
  EXPECT_EQ(*IpPrefix::parse("192.0.2.7"), *IpPrefix::make(std::vector<uint8_t>{192, 0, 2, 7}, 32));
  EXPECT_EQ(IpPrefix::parse("2001:db8::/32")->bits, 32);
  EXPECT_EQ(IpPrefix::parse("2001:db8::1")->bits, 128);
  EXPECT_EQ(IpPrefix::parse("::/0")->bits, 0);
  for (const std::string_view wrong :
       {"", "/", "192.0.2.0/", "192.0.2.0/24x", "192.0.2.0/-1", "192.0.2.0/ 24", "192.0.2.0/33", "192.0.2/24",
        "192.0.2.1/24", "2001:db8::/129", "2001:db8::1/32", "host", "192.0.2.0/24/24", "192.0.2.0/4294967320"})
    EXPECT_FALSE(IpPrefix::parse(wrong).ok()) << wrong;
  EXPECT_FALSE(IpPrefix::parse(std::string_view("192.0.2.7\0x", 11)).ok());
}

}  // namespace
}  // namespace lictor
