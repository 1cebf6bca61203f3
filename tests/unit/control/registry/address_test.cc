// Prefixes: how they are written, and whom their addresses can name.
#include "control/registry/address.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

v1::AddressPrefix prefix(const std::string& text) {
  const Result<v1::AddressPrefix> parsed = parse_prefix(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return parsed.ok() ? *parsed : v1::AddressPrefix();
}

AddressKind kind(const std::string& text) { return kind_of(prefix(text)); }

TEST(Address, PrefixesAreReadAndWrittenInOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"192.0.2.7", "192.0.2.7"},
      {"192.0.2.7/32", "192.0.2.7"},
      {"192.0.2.0/24", "192.0.2.0/24"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"2001:0DB8:0:0:0:0:0:0/64", "2001:db8::/64"},
      {"::/0", "::/0"},
      {"2001:db8::1", "2001:db8::1"},
  };
  for (const auto& [given, written] : cases) EXPECT_EQ(format_prefix(prefix(given)), written);
}

TEST(Address, WhatIsNoPrefixIsRefused) {
  for (const char* text : {"", "192.0.2", "192.0.2.7/24", "192.0.2.7/", "192.0.2.0/024", "192.0.2.0/+24",
                           "2001:db8::/129", "::ffff:192.0.2.7", "[2001:db8::1]", "fe80::1%eth0", "any", "192.0.2.7 "})
    EXPECT_FALSE(parse_prefix(text).ok()) << text;
  EXPECT_FALSE(parse_prefix("192.0.2.7", AddressFamily::kIpv6).ok());
  EXPECT_FALSE(parse_prefix("2001:db8::1", AddressFamily::kIpv4).ok());
}

TEST(Address, NumbersAreDecimalWithoutOrnaments) {
  EXPECT_EQ(parse_number("0", 9), 0u);
  EXPECT_EQ(parse_number("1048575", 1048575), 1048575u);
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "1048576", "99999999999"})
    EXPECT_FALSE(parse_number(text, 1048575).has_value()) << text;
}

TEST(Address, KindsFollowTheSpecialPurposeRegistries) {
  for (const char* text :
       {"192.0.2.7", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.0", "2001:db8::1", "2a00::/32"})
    EXPECT_EQ(kind(text), AddressKind::kPublic) << text;
  for (const char* text :
       {"10.0.0.1", "100.64.0.0", "100.127.255.255", "127.0.0.1", "169.254.1.1", "172.16.0.0", "172.31.255.255",
        "192.168.1.0/24", "192.0.0.0/16", "198.18.0.0", "::1", "fc00::1", "fdff::/64", "fe80::1", "fec0::1"})
    EXPECT_EQ(kind(text), AddressKind::kNonPublic) << text;
  for (const char* text : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
                           "0.0.0.0/0", "::", "::/0", "ff02::1"})
    EXPECT_EQ(kind(text), AddressKind::kNobody) << text;
}

TEST(Address, ContainmentIsByBits) {
  EXPECT_TRUE(contains(prefix("192.0.2.0/25"), prefix("192.0.2.127")));
  EXPECT_FALSE(contains(prefix("192.0.2.0/25"), prefix("192.0.2.128")));
  EXPECT_FALSE(contains(prefix("192.0.2.127"), prefix("192.0.2.0/25")));
  EXPECT_TRUE(contains(prefix("0.0.0.0/0"), prefix("192.0.2.1")));
  EXPECT_FALSE(contains(prefix("0.0.0.0/0"), prefix("2001:db8::1")));
  EXPECT_TRUE(overlap(prefix("192.0.2.127"), prefix("192.0.2.0/25")));
  EXPECT_TRUE(overlap(prefix("192.0.2.0/25"), prefix("192.0.2.127")));
  EXPECT_FALSE(overlap(prefix("192.0.2.0/25"), prefix("192.0.2.128/25")));
  EXPECT_FALSE(overlap(prefix("0.0.0.0/0"), prefix("::/0")));
}

}  // namespace
}  // namespace lictor::control
