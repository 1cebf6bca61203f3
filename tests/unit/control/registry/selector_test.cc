// Selectors: what is a target, what is not, and whom its addresses can name.
#include "control/registry/selector.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

AddressKind kind(const std::string& text) {
  const Result<v1::AddressPrefix> prefix = parse_selector(text);
  EXPECT_TRUE(prefix.ok()) << text << ": " << prefix.status();
  return prefix.ok() ? kind_of(*prefix) : AddressKind::kNobody;
}

TEST(Selector, GoodOnesAreReadAndWrittenInOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"ipv4:192.0.2.7", "ipv4:192.0.2.7"},
      {"ipv4:192.0.2.7/32", "ipv4:192.0.2.7"},
      {"ipv4:192.0.2.0/24", "ipv4:192.0.2.0/24"},
      {"ipv4:0.0.0.0/0", "ipv4:0.0.0.0/0"},
      {"ipv6:2001:db8::1", "ipv6:2001:db8::1"},
      {"ipv6:2001:0DB8:0:0:0:0:0:0/64", "ipv6:2001:db8::/64"},
      {"ipv6:2001:db8:8000::/33", "ipv6:2001:db8:8000::/33"},
  };
  for (const auto& [given, written] : cases) {
    const Result<v1::AddressPrefix> prefix = parse_selector(given);
    ASSERT_TRUE(prefix.ok()) << given << ": " << prefix.status();
    EXPECT_EQ(format_selector(*prefix), written);
  }
}

TEST(Selector, BadOnesAreRefusedWithoutBeingRepeated) {
  for (const char* text : {"",
                           "192.0.2.7",
                           "IPV4:192.0.2.7",
                           "ipv4:",
                           "ipv4:192.0.2",
                           "ipv4:192.0.2.256",
                           "ipv4:192.0.2.07",
                           "ipv4:192.0.2.7 ",
                           " ipv4:192.0.2.7",
                           "ipv4:192.0.2.7/",
                           "ipv4:192.0.2.7/33",
                           "ipv4:192.0.2.7/032",
                           "ipv4:192.0.2.7/+32",
                           "ipv4:192.0.2.7/-1",
                           "ipv4:192.0.2.7/24",
                           "ipv4:192.0.2.7/32/32",
                           "ipv4:2001:db8::1",
                           "ipv6:192.0.2.7",
                           "ipv6:",
                           "ipv6:2001:db8::/129",
                           "ipv6:2001:db8::1/64",
                           "ipv6:::ffff:192.0.2.7",
                           "ipv6:fe80::1%eth0",
                           "ipv6:2001:db8",
                           "sip:user@example.org"}) {
    const Result<v1::AddressPrefix> prefix = parse_selector(text);
    ASSERT_FALSE(prefix.ok()) << text;
    EXPECT_EQ(prefix.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(prefix.status().message()).find("192.0.2"), std::string::npos);
  }
  EXPECT_FALSE(parse_selector(std::string("ipv4:192.0.2.7\0", 15)).ok());
  EXPECT_FALSE(parse_selector("ipv4:" + std::string(kSelectorBytesMax, '1')).ok());
}

TEST(Selector, EveryPrefixOfAGoodOneIsReadOrRefused) {
  const std::string whole = "ipv6:2001:db8:1234:5678::/64";
  for (size_t length = 0; length < whole.size(); ++length) {
    const Result<v1::AddressPrefix> prefix = parse_selector(whole.substr(0, length));
    if (prefix.ok()) {
      EXPECT_TRUE(parse_selector(format_selector(*prefix)).ok());
    }
  }
}

TEST(Selector, KindsFollowTheSpecialPurposeRegistries) {
  for (const char* text : {"ipv4:192.0.2.7", "ipv4:8.8.8.8", "ipv4:100.63.255.255", "ipv4:100.128.0.0",
                           "ipv4:172.32.0.0", "ipv6:2001:db8::1", "ipv6:2a00::/32"})
    EXPECT_EQ(kind(text), AddressKind::kPublic) << text;
  for (const char* text :
       {"ipv4:10.0.0.1", "ipv4:100.64.0.0", "ipv4:100.127.255.255", "ipv4:127.0.0.1", "ipv4:169.254.1.1",
        "ipv4:172.16.0.0", "ipv4:172.31.255.255", "ipv4:192.168.1.0/24", "ipv4:192.0.0.0/16", "ipv4:198.18.0.0",
        "ipv6:::1", "ipv6:fc00::1", "ipv6:fdff::/64", "ipv6:fe80::1", "ipv6:fec0::1"})
    EXPECT_EQ(kind(text), AddressKind::kNonPublic) << text;
  for (const char* text : {"ipv4:0.0.0.0", "ipv4:0.1.2.3", "ipv4:224.0.0.1", "ipv4:239.255.255.255", "ipv4:240.0.0.1",
                           "ipv4:255.255.255.255", "ipv4:0.0.0.0/0", "ipv6:::", "ipv6:::/0", "ipv6:ff02::1"})
    EXPECT_EQ(kind(text), AddressKind::kNobody) << text;
}

TEST(Selector, ContainmentIsByBits) {
  const auto prefix = [](const char* text) { return *parse_selector(text); };
  EXPECT_TRUE(contains(prefix("ipv4:192.0.2.0/25"), prefix("ipv4:192.0.2.127")));
  EXPECT_FALSE(contains(prefix("ipv4:192.0.2.0/25"), prefix("ipv4:192.0.2.128")));
  EXPECT_FALSE(contains(prefix("ipv4:192.0.2.127"), prefix("ipv4:192.0.2.0/25")));
  EXPECT_TRUE(contains(prefix("ipv4:0.0.0.0/0"), prefix("ipv4:192.0.2.1")));
  EXPECT_FALSE(contains(prefix("ipv4:0.0.0.0/0"), prefix("ipv6:2001:db8::1")));
}

}  // namespace
}  // namespace lictor::control
