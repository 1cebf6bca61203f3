// LIIDs, scopes, names and character rules.
#include <gtest/gtest.h>

#include "control/registry/hex.h"
#include "control/registry/liid.h"
#include "control/registry/scope.h"
#include "control/registry/text_rules.h"
#include "control/registry/uuid.h"

namespace lictor::control {
namespace {

TEST(Liid, TextAndHexGiveOctets) {
  EXPECT_EQ(*parse_liid("AT-123"), "AT-123");
  EXPECT_EQ(*parse_liid("0x4154"), "AT");
  EXPECT_EQ(*parse_liid("0xFFab"), "\xff\xab");
  EXPECT_EQ(*parse_liid("0X41"), "0X41");  // only the small x starts the other form
  EXPECT_EQ(parse_liid(std::string(25, 'L'))->size(), 25u);
  EXPECT_EQ(parse_liid("0x" + std::string(50, '0'))->size(), 25u);
  EXPECT_EQ(hex_of(*parse_liid("0xFFab")), "ffab");
  EXPECT_EQ(hex_of(*parse_liid("AB")), hex_of(*parse_liid("0x4142")));
}

TEST(Liid, OthersAreRefused) {
  for (const std::string& text : {std::string(), std::string("0x"), std::string("0x1"), std::string("0xzz"),
                                  std::string("0x+1"), std::string(" A"), std::string("A "), std::string("A\n"),
                                  std::string("\xc3\xa4"), std::string(26, 'L'), "0x" + std::string(52, '0')})
    EXPECT_FALSE(parse_liid(text).ok()) << text;
}

TEST(Scope, TextIsReadAndWrittenBack) {
  for (const char* text :
       {"any", "ne=NE-1", "group=core", "port=tap0", "vlan=100", "vlan=100.200", "vlan=1.4094", "label=0",
        "label=1048575", "vni=0", "vni=16777215", "ne=NE-1,group=core,port=tap0,vlan=100.200,label=16001,vni=5000"}) {
    const Result<v1::Scope> scope = parse_scope(text);
    ASSERT_TRUE(scope.ok()) << text << ": " << scope.status();
    EXPECT_EQ(format_scope(*scope), text);
  }
}

TEST(Scope, WhatIsNoScopeIsRefused) {
  for (const char* text : {"",
                           "ne",
                           "ne=",
                           "ne=a b",
                           "ne=12345678901234567",
                           "vlan=",
                           "vlan=0",
                           "vlan=4095",
                           "vlan=1.2.3",
                           "vlan=1,vlan=2",
                           "ne=a,ne=b",
                           "vlan=1.",
                           "vlan=-1",
                           "vlan=99999999999",
                           "label=",
                           "label=1048576",
                           "label=-1",
                           "label=1,label=1",
                           "label=0x10",
                           "vni=16777216",
                           "vni=1.2",
                           "vni=1,vni=2",
                           "colour=red",
                           "any,ne=a",
                           ",",
                           "ne=a,",
                           "port=a/b"})
    EXPECT_FALSE(parse_scope(text).ok()) << text;
}

TEST(Scope, ViolationsNameTheirFields) {
  v1::Scope scope;
  scope.set_network_element_id("no blanks");
  scope.set_tap_group("also, none");
  scope.set_port("a@b");
  scope.add_vlans(0);
  scope.set_label(1 << 20);
  scope.set_vni(1 << 24);
  Violations violations;
  check_scope(scope, "x.scope", violations);
  const std::string text(violations.status().message());
  for (const char* field : {"x.scope.network_element_id:", "x.scope.tap_group:", "x.scope.port:", "x.scope.vlans[0]:",
                            "x.scope.label:", "x.scope.vni:"})
    EXPECT_NE(text.find(field), std::string::npos) << field;
}

TEST(Scope, ALabelOrVniOfZeroIsNotAny) {
  EXPECT_FALSE(is_any(*parse_scope("label=0")));
  EXPECT_FALSE(is_any(*parse_scope("vni=0")));
  EXPECT_TRUE(is_any(*parse_scope("any")));
}

TEST(TextRules, CharactersAreCountedAndHostileOnesRefused) {
  EXPECT_EQ(characters_of("abc"), 3u);
  EXPECT_EQ(characters_of("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 3u);
  for (const char* bad : {"\n", "\x7f", "\xc2\x80", "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                          "\xe2\x80\xae", "\xe2\x82", "\x80"})
    EXPECT_FALSE(characters_of(bad).has_value());
  EXPECT_FALSE(is_text(" a", 1, 9));
  EXPECT_TRUE(is_text("", 0, 9));
}

TEST(TextRules, HostsAreAddressesOrNames) {
  for (const char* host :
       {"192.0.2.1", "2001:db8::1", "lemf.example.org", "a", "xn--bcher-kva.example", "7bit.example"})
    EXPECT_TRUE(is_host(host)) << host;
  for (const std::string& host :
       {std::string(), std::string("192.0.2.300"), std::string("1.2.3"), std::string("-a.example"),
        std::string("a-.example"), std::string("a..b"), std::string("a."), std::string("a b"), std::string("a/b"),
        std::string("[2001:db8::1]"), std::string(64, 'a'), std::string("a\0b", 3), std::string(254, 'a')})
    EXPECT_FALSE(is_host(host)) << host;
}

TEST(Uuid, RandomOnesDifferAndReadBack) {
  const Xid first = make_random_uuid();
  EXPECT_NE(first, make_random_uuid());
  EXPECT_EQ(first.to_string()[14], '4');
  EXPECT_EQ(*parse_uuid(first.to_string()), first);
  EXPECT_FALSE(parse_uuid("not-a-uuid").ok());
}

}  // namespace
}  // namespace lictor::control
