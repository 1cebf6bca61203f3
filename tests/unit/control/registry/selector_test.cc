// Selectors: what is a target and what is not.
#include "control/registry/selector.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

TEST(Selector, GoodOnesAreReadAndWrittenInOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"ipv4:192.0.2.7", "ipv4:192.0.2.7"},
      {"ipv4:192.0.2.7/32", "ipv4:192.0.2.7"},
      {"ipv4:192.0.2.0/24", "ipv4:192.0.2.0/24"},
      {"ipv4:0.0.0.0/0", "ipv4:0.0.0.0/0"},
      {"ipv6:2001:db8::1", "ipv6:2001:db8::1"},
      {"ipv6:2001:0DB8:0:0:0:0:0:0/64", "ipv6:2001:db8::/64"},
      {"ipv6:2001:db8:8000::/33", "ipv6:2001:db8:8000::/33"},
      {"flow:6,192.0.2.7:any,any", "flow:tcp,192.0.2.7,any"},
      {"pattern:hex:414243", "pattern:text:ABC"},
  };
  for (const auto& [given, written] : cases) {
    const Result<Selector> selector = parse_selector(given);
    ASSERT_TRUE(selector.ok()) << given << ": " << selector.status();
    EXPECT_EQ(format_selector(*selector), written);
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
                           "flow",
                           "flow:192.0.2.7",
                           "pattern:192.0.2.7",
                           "FLOW:tcp,192.0.2.7,any",
                           "sip:user@example.org"}) {
    const Result<Selector> selector = parse_selector(text);
    ASSERT_FALSE(selector.ok()) << text;
    EXPECT_EQ(selector.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(selector.status().message()).find("192.0.2"), std::string::npos);
  }
  EXPECT_FALSE(parse_selector(std::string("ipv4:192.0.2.7\0", 15)).ok());
  EXPECT_FALSE(parse_selector("pattern:text:" + std::string(kSelectorBytesMax, '1')).ok());
}

TEST(Selector, EveryPrefixOfAGoodOneIsReadOrRefused) {
  for (const std::string whole :
       {"ipv6:2001:db8:1234:5678::/64", "flow:udp,[2001:db8::/64]:5060-5070,[2001:db8:1::]:53",
        "pattern:regex,nocase,flow:GET /secret"})
    for (size_t length = 0; length < whole.size(); ++length) {
      const Result<Selector> selector = parse_selector(whole.substr(0, length));
      if (!selector.ok()) continue;
      const std::string spelling = format_selector(*selector);
      ASSERT_TRUE(parse_selector(spelling).ok()) << spelling;
      EXPECT_EQ(format_selector(*parse_selector(spelling)), spelling);
    }
}

}  // namespace
}  // namespace lictor::control
