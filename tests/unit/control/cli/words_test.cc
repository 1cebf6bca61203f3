// What people type, and what they see.
#include "control/cli/words.h"

#include <gtest/gtest.h>

#include "control/cli/table.h"

namespace lictor::control::cli {
namespace {

TEST(Words, DestinationsAreReadAndWrittenBack) {
  for (const char* text : {"192.0.2.1:7002", "192.0.2.1:7002,lemf.example.org:7003", "[2001:db8::1]:7002"}) {
    const Result<v1::Destination> destination = parse_destination(text, v1::HANDOVER_INTERFACE_HI2);
    ASSERT_TRUE(destination.ok()) << text;
    EXPECT_EQ(format_endpoints(*destination), text);
  }
  for (const char* text :
       {"", "192.0.2.1", ":7002", "192.0.2.1:", "192.0.2.1:port", "192.0.2.1:7002,", "a:1,,b:2", "a:-1"})
    EXPECT_FALSE(parse_destination(text, v1::HANDOVER_INTERFACE_HI2).ok()) << text;
}

TEST(Words, TargetsCarryTheirScope) {
  for (const char* text : {"ipv4:192.0.2.7", "ipv6:2001:db8::/64@ne=NE-1,vlan=1.2",
                           "flow:udp,[2001:db8::1]:53,any@label=16001,vni=7", "pattern:text:user@example.org"})
    EXPECT_EQ(format_target(*parse_target(text)), text);
  EXPECT_EQ(format_target(*parse_target("ipv4:192.0.2.7@any")), "ipv4:192.0.2.7");
  EXPECT_FALSE(parse_target("pattern:text:user@example.org")->has_scope()) << "what follows is the pattern's";
  EXPECT_EQ(parse_target("radius-user:alice@example.org")->selector(), "radius-user:alice@example.org");
  EXPECT_EQ(format_target(*parse_target("radius-user:alice@example.org@ne=NE-1")),
            "radius-user:alice@example.org@ne=NE-1");
  EXPECT_EQ(format_target(*parse_target("radius-user:alice@any@any")), "radius-user:alice@any@any");
  EXPECT_EQ(parse_target("sip:user@example.org")->selector(), "sip:user@example.org")
      << "the daemon says what it takes";
  EXPECT_FALSE(parse_target("ipv4:192.0.2.7@").ok());
  EXPECT_FALSE(parse_target("ipv4:192.0.2.7@colour=red").ok());
}

TEST(Words, ARangeOfNumbersIsShownAsOne) {
  EXPECT_EQ(shown_target(*parse_target("tel-uri:+4312345*@ne=NE-1")),
            "tel-uri:+4312345*@ne=NE-1 (a range: all numbers that begin with +4312345)");
  EXPECT_EQ(format_target(*parse_target("tel-uri:+4312345*")), "tel-uri:+4312345*");
  for (const char* const text : {"tel-uri:+4312345", "sip-user:+4312345*", "ipv4:192.0.2.7", "pattern:text:a*"})
    EXPECT_EQ(shown_target(*parse_target(text)), text);
}

TEST(Words, DeliveriesNameDestinations) {
  EXPECT_EQ(parse_delivery("hi2=a,hi3=b")->hi3_destination_id(), "b");
  EXPECT_EQ(parse_delivery("hi2=a")->hi3_destination_id(), "");
  for (const char* text : {"", "a", "hi2=", "hi4=a", "hi2=a,"}) EXPECT_FALSE(parse_delivery(text).ok()) << text;
}

TEST(Words, RatesAreBitsASecond) {
  for (const auto& [text, bps] :
       {std::pair{"64000", 64'000UL}, {"64k", 64'000UL}, {"2500M", 2'500'000'000UL}, {"400G", 400'000'000'000UL}})
    EXPECT_EQ(*parse_rate(text), bps) << text;
  for (const char* text :
       {"", "M", "1.5M", "-1", "10m", "10 M", "10Mbit", "99999999999999999999", "18446744073709552G"})
    EXPECT_FALSE(parse_rate(text).ok()) << text;
  EXPECT_EQ(format_rate(0), "-");
  EXPECT_EQ(format_rate(10'000'000), "10M");
  EXPECT_EQ(format_rate(64'001), "64001");
  EXPECT_EQ(parse_delivery("hi2=a,hi3=b,rate=10M")->rate_bps(), 10'000'000UL);
  EXPECT_FALSE(parse_delivery("hi3=b,rate=fast").ok());
}

TEST(Words, EveryValueOfTheContractHasAWord) {
  for (int value = 1; v1::InternetAccessType_IsValid(value); ++value)
    EXPECT_NE(word_of(kAccessTypes, static_cast<v1::InternetAccessType>(value)), "-") << value;
  for (int value = 1; v1::WarrantState_IsValid(value); ++value)
    EXPECT_NE(word_of(kWarrantStates, static_cast<v1::WarrantState>(value)), "-") << value;
  EXPECT_EQ(word_of(v1::TAP_STATE_ACTIVE), "active");
  EXPECT_EQ(word_of(v1::ALARM_SEVERITY_CRITICAL), "critical");
}

TEST(Table, ColumnsAreAlignedByCharacters) {
  Table table({"NAME", "X"});
  table.add({"J\xc3\xa4ger", "1"});
  table.add({"Li", ""});
  EXPECT_EQ(table.text(), "NAME   X\nJ\xc3\xa4ger  1\nLi\n");
}

}  // namespace
}  // namespace lictor::control::cli
