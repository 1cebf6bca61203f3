// Names of signalling, MAC addresses and lines: which texts mean the same, and what is none.
#include "control/registry/name_selector.h"

#include <gtest/gtest.h>

#include "control/registry/selector.h"

namespace lictor::control {
namespace {

std::string spelling_of(const std::string& text) {
  const Result<Selector> selector = parse_selector(text);
  return selector.ok() ? format_selector(*selector) : std::string(selector.status().message());
}

v1::TapTarget name(const std::string& text) { return std::get<v1::TapTarget>(*parse_selector(text)); }

TEST(NameSelector, EachNameHasOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"radius-user:alice@example.org", "radius-user:alice@example.org"},
      {"radius-user:Alice@EXAMPLE.org", "radius-user:Alice@example.org"},
      {"radius-user:hex:616c696365", "radius-user:alice"},
      {"radius-user:hex:6865783a", "radius-user:hex:6865783a"},  // the user "hex:"
      {"radius-user:hex:20616c", "radius-user:hex:20616c"},      // a blank in front
      {"radius-csid:00-53-00-12-34-AB", "radius-csid:0053001234ab"},
      {"radius-csid:0053.0012.34ab", "radius-csid:0053001234ab"},
      {"radius-csid:+43 1 (234) 56-78", "radius-csid:4312345678"},
      {"radius-csid:line 7/3", "radius-csid:line 7/3"},
      {"circuit-id:access-1 eth 0/1/2:100", "circuit-id:access-1 eth 0/1/2:100"},
      {"circuit-id:hex:00:04:00:64:01:02", "circuit-id:hex:000400640102"},
      {"circuit-id:hex:4142430000", "circuit-id:ABC"},
      {"remote-id:hex:0006A1B2C3D4E5F6", "remote-id:hex:0006a1b2c3d4e5f6"},
      {"mac:00-53-00-12-34-AB", "mac:00-53-00-12-34-ab"},
      {"mac:00:53:00:12:34:ab", "mac:00-53-00-12-34-ab"},
      {"mac:0053.0012.34ab", "mac:00-53-00-12-34-ab"},
      {"mac:0053001234ab", "mac:00-53-00-12-34-ab"},
      {"dhcp-client-id:hex:01-00-53-00-12-34-AB", "dhcp-client-id:hex:010053001234ab"},
      {"duid:hex:000300010053001234ab", "duid:hex:000300010053001234ab"},
      {"nas-port:192.0.2.1/ge-0/0/1.100", "nas-port:192.0.2.1/ge-0/0/1.100"},
      {"chargeable-user:user@Example.ORG", "chargeable-user:user@example.org"},
      {"imsi:001010123456789", "imsi:001010123456789"},
      {"tel-uri:tel:+43-1-234567", "tel-uri:+431234567"},
      {"tel-uri:+43 1 (2345) *", "tel-uri:+4312345*"},
      {"impu:tel:+4312345*", "tel-uri:+4312345*"},
      {"sip-user:+4312345*", "sip-user:+4312345*"},
      {"vlan:100.200", "vlan:100.200"},
      {"vlan:100", "vlan:100"},
  };
  for (const auto& [given, written] : cases) {
    EXPECT_EQ(spelling_of(given), written);
    EXPECT_EQ(spelling_of(spelling_of(given)), written);
  }
}

// A stored selector is read again, for dataplanes, approvers and lists: it must not name somebody else then.
TEST(NameSelector, WhatAnEscapeHidesIsKeptInTheSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"sip-uri:bob%3Bx=1@192.0.2.2", "sip-uri:bob%3Bx=1@192.0.2.2"},
      {"sip-uri:carol%3asecret@192.0.2.2", "sip-uri:carol%3Asecret@192.0.2.2"},
      {"sip-uri:d%256Fb@192.0.2.2", "sip-uri:d%256Fb@192.0.2.2"},
      {"sip-uri:sip%3Agina@192.0.2.2", "sip-uri:sip%3Agina@192.0.2.2"},
      {"sip-uri:alice%40home@example.org", "sip-uri:alice%40home@example.org"},
      {"sip-user:eve%40home", "sip-user:eve%40home"},
      {"impi:001010123456789@IMS.example.org", "impi:001010123456789@ims.example.org"},
      {"sip-user:hex%3A61", "sip-user:hex%3A61"},
      {"impu:sip:%20alice%00@example.org", "sip-uri:%20alice%00@example.org"},
      {"sip-uri:%61lice%C3%A4@example.org", "sip-uri:alice\xC3\xA4@example.org"},
      {"sip-uri:alice%C3@example.org", "sip-uri:hex:616c696365c3406578616d706c652e6f7267"},
  };
  for (const auto& [given, written] : cases) {
    EXPECT_EQ(spelling_of(given), written);
    EXPECT_EQ(spelling_of(spelling_of(given)), written);
  }
}

TEST(NameSelector, AUriAsATraceShowsItIsTaken) {
  EXPECT_EQ(spelling_of("sip-uri:+4312345678@example.org;user=phone"), "sip-uri:+4312345678@example.org");
  EXPECT_EQ(spelling_of("sip-uri:sip:Alice@EXAMPLE.org:5060;user=phone"), "sip-uri:Alice@example.org");
  const SplitTarget pasted = split_target("sip-uri:+4312345678@example.org;user=phone");
  EXPECT_FALSE(pasted.scope) << "parameters are no scope";
  EXPECT_EQ(split_target("sip-uri:a@example.org;user=phone@ne=NE-1").scope, "ne=NE-1");
  EXPECT_EQ(split_target("sip-uri:a@example.org@nee=NE-1").scope, "nee=NE-1") << "refused as a scope";
}

TEST(NameSelector, WhatIsNoPartyOfCallsIsToldWhichFormIsWanted) {
  const std::pair<const char*, const char*> cases[] = {
      {"tel-uri:004312345678", "with + and its country code"},
      {"tel-uri:012345678", "with + and its country code"},
      {"tel-uri:0043 1 234", "with + and its country code"},
      {"tel-uri:2345678;phone-context=+431", "one of a place"},
      {"tel-uri:+12345678901234567", "1 to 15 digits"},
      {"tel-uri:sip:+4312345678@example.org", "sip-uri:"},
      {"sip-uri:alice", "sip-user:alice"},
      {"sip-uri:tel:+4312345678", "tel-uri:"},
      {"sip-uri:tel:bob@example.org", "tel-uri:"},
      {"sip-uri:bob:pw@example.org", "%3A"},
      {"sip-uri:a@b@example.org", "%40"},
      {"sip-uri:<sip:alice@example.org>", "without < and >"},
      {"sip-uri:+43123456*@example.org", "tel-uri:+4312345*"},
      {"sip-uri:anonymous@anonymous.invalid", "names nobody"},
      {"sip-user:Anonymous", "names nobody"},
      {"sip-user:alice@example.org", "sip-uri:alice@example.org"},
      {"sip-user:sip:alice", "without scheme"},
      {"sip-user:alice;user=phone", "without scheme, password and parameters"},
      {"imsi:00101", "6 to 15 digits"},
      {"impu:alice@example.org", "impu:sip:"},
      {"impi:alice", "as impi:alice@ims.example.org"},
  };
  for (const auto& [given, part] : cases) EXPECT_NE(spelling_of(given).find(part), std::string::npos) << given;
}

TEST(NameSelector, WhatIsNoNameIsRefusedWithoutBeingRepeated) {
  for (const std::string text : {"radius-user:",
                                 "radius-user: alice",
                                 "radius-user:hex:",
                                 "radius-user:hex:616",
                                 "radius-user:hex:61:62-63",
                                 "radius-user:hex:61:6",
                                 "radius-user:a\nb",
                                 "mac:00-53-00-12-34",
                                 "mac:00-53-00-12-34-ab-cd",
                                 "mac:00-53:00-12-34-ab",
                                 "mac:00-00-00-00-00-00",
                                 "mac:0053.0012:34ab",
                                 "mac:005.30012.34ab",
                                 "dhcp-client-id:010053",
                                 "duid:alice",
                                 "nas-port:192.0.2.1",
                                 "nas-port:/7",
                                 "nas-port:192.0.2.1/",
                                 "imsi:00101",
                                 "imsi:0010101234567890",
                                 "imsi:00101x",
                                 "vlan:",
                                 "vlan:0",
                                 "vlan:4095",
                                 "vlan:100.",
                                 "vlan:.100",
                                 "vlan:100.200.300",
                                 "vlan:100,200",
                                 "vlan",
                                 "circuit-id:hex:0000",
                                 "Radius-User:alice",
                                 "radius-realm:example.org"}) {
    const Result<Selector> selector = parse_selector(text);
    ASSERT_FALSE(selector.ok()) << text;
    EXPECT_EQ(selector.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(selector.status().message()).find("0101"), std::string::npos);
  }
  EXPECT_FALSE(parse_selector("radius-user:" + std::string(256, 'a')).ok());
  EXPECT_TRUE(parse_selector("radius-user:" + std::string(255, 'a')).ok());
}

TEST(NameSelector, ARangeOfNumbersHasSixToFifteenDigitsAndOneMarkBehindThem) {
  for (const std::string value : {"*", "+*", "+43123*", "+1234567890123456*", "+43123*45", "+4312345**", "04312345*"}) {
    const Result<Selector> selector = parse_selector("tel-uri:" + value);
    ASSERT_FALSE(selector.ok()) << value;
    EXPECT_EQ(selector.status().message(), "a range of numbers is + and 6 to 15 digits with one * behind them");
  }
  EXPECT_EQ(range_digits(name("tel-uri:+431234*")), 6u);
  EXPECT_EQ(range_digits(name("tel-uri:+123456789012345*")), 15u);
  EXPECT_EQ(range_digits(name("tel-uri:+431234")), 0u);
  EXPECT_EQ(range_digits(name("sip-user:+431234*")), 0u);
  EXPECT_EQ(range_digits(name("vlan:100")), 0u);
}

TEST(NameSelector, ARangeCoversTheNumbersAndRangesInIt) {
  EXPECT_TRUE(covers(name("tel-uri:+4312345*"), name("tel-uri:+43123456")));
  EXPECT_TRUE(covers(name("tel-uri:+4312345*"), name("tel-uri:+43123456*")));
  EXPECT_FALSE(covers(name("tel-uri:+4312345*"), name("tel-uri:+43123467")));
  EXPECT_FALSE(covers(name("tel-uri:+43123456"), name("tel-uri:+4312345*")));
  EXPECT_FALSE(covers(name("tel-uri:+4312345*"), name("sip-user:+43123456")));
  EXPECT_TRUE(covers(name("mac:00-53-00-00-00-01"), name("mac:0053.0000.0001")));
  EXPECT_FALSE(covers(name("mac:00-53-00-00-00-01"), name("mac:00-53-00-00-00-02")));
  EXPECT_TRUE(covers(name("vlan:1.2"), name("vlan:1.2")));
  EXPECT_FALSE(covers(name("vlan:1.2"), name("vlan:1.3")));
}

TEST(NameSelector, EveryPrefixIsReadOrRefused) {
  for (const std::string whole : {"radius-user:hex:616c696365", "mac:00-53-00-12-34-ab", "vlan:100.200",
                                  "nas-port:192.0.2.1/7", "duid:hex:00030001"})
    for (size_t length = 0; length < whole.size(); ++length) {
      const Result<Selector> selector = parse_selector(whole.substr(0, length));
      if (!selector.ok()) continue;
      const std::string spelling = format_selector(*selector);
      ASSERT_TRUE(parse_selector(spelling).ok()) << spelling;
      EXPECT_EQ(format_selector(*parse_selector(spelling)), spelling);
    }
}

TEST(NameSelector, AScopeBehindANameIsToldFromARealm) {
  const auto split = [](std::string_view text) {
    const SplitTarget parts = split_target(text);
    return std::pair(std::string(parts.selector), std::string(parts.scope.value_or("-")));
  };
  using Parts = std::pair<std::string, std::string>;
  EXPECT_EQ(split("radius-user:alice@example.org"), Parts("radius-user:alice@example.org", "-"));
  EXPECT_EQ(split("radius-user:alice@example.org@ne=NE-1"), Parts("radius-user:alice@example.org", "ne=NE-1"));
  EXPECT_EQ(split("radius-user:alice@any@any"), Parts("radius-user:alice@any", "any"));
  EXPECT_EQ(split("mac:00-53-00-12-34-ab@vlan=7"), Parts("mac:00-53-00-12-34-ab", "vlan=7"));
  EXPECT_EQ(split("vlan:1.2@group=core"), Parts("vlan:1.2", "group=core"));
  EXPECT_EQ(split("ipv4:192.0.2.7@NE-1"), Parts("ipv4:192.0.2.7", "NE-1")) << "what is behind it is refused as a scope";
  EXPECT_EQ(split("pattern:text:a@ne=b"), Parts("pattern:text:a@ne=b", "-"));
}

TEST(NameSelector, ASharedNameIsMeantInEveryRealmAndCase) {
  EXPECT_TRUE(is_listed_as(name("radius-user:guest"), name("radius-user:Guest")));
  EXPECT_TRUE(is_listed_as(name("radius-user:guest"), name("radius-user:guest@example.org")));
  EXPECT_FALSE(is_listed_as(name("radius-user:guest@example.org"), name("radius-user:guest")));
  EXPECT_FALSE(is_listed_as(name("radius-user:guest@example.org"), name("radius-user:guest@example.net")));
  EXPECT_FALSE(is_listed_as(name("radius-user:guest"), name("radius-user:guest2")));
  EXPECT_FALSE(is_listed_as(name("radius-user:guest"), name("chargeable-user:guest")));
  EXPECT_TRUE(is_listed_as(name("circuit-id:none"), name("circuit-id:None")));
  EXPECT_FALSE(is_listed_as(name("circuit-id:none"), name("circuit-id:none@x")));
  EXPECT_TRUE(is_listed_as(name("mac:00-53-00-00-00-01"), name("mac:0053.0000.0001")));
  EXPECT_FALSE(is_listed_as(name("mac:00-53-00-00-00-01"), name("mac:0053.0000.0002")));
  EXPECT_FALSE(is_listed_as(name("vlan:1.2"), name("vlan:1.3")));
  EXPECT_TRUE(is_listed_as(name("tel-uri:+431234500"), name("tel-uri:+4312345*"))) << "is in it";
  EXPECT_TRUE(is_listed_as(name("tel-uri:+4312345*"), name("tel-uri:+431234500")));
  EXPECT_FALSE(is_listed_as(name("tel-uri:+4312345*"), name("tel-uri:+431234600")));
}

}  // namespace
}  // namespace lictor::control
