// Times as people write them.
#include "control/registry/time_text.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

TEST(TimeText, OffsetsAndZonesGiveTheSameInstant) {
  const std::pair<const char*, const char*> cases[] = {
      {"2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"},
      {"2026-11-21T08:00:00+00:00", "2026-11-21T08:00:00Z"},
      {"2026-11-21T08:00:00+01:00", "2026-11-21T07:00:00Z"},
      {"2026-11-21T00:30:00+05:45", "2026-11-20T18:45:00Z"},
      {"2026-12-31T23:00:00-02:30", "2027-01-01T01:30:00Z"},
      {"2026-11-21T08:00:00 Europe/Vienna", "2026-11-21T07:00:00Z"},
      {"2026-07-01T08:00:00 Europe/Vienna", "2026-07-01T06:00:00Z"},
      {"2026-07-01T08:00:00 America/New_York", "2026-07-01T12:00:00Z"},
      {"2026-07-01T08:00:00 UTC", "2026-07-01T08:00:00Z"},
      {"2026-11-21T08:00:00.5Z", "2026-11-21T08:00:00.5Z"},
      {"2026-11-21T08:00:00.000000001Z", "2026-11-21T08:00:00.000000001Z"},
      {"2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
  };
  for (const auto& [given, utc] : cases) {
    const Result<LegalTime> time = parse_time(given);
    ASSERT_TRUE(time.ok()) << given << ": " << time.status();
    EXPECT_EQ(format_time(*time), utc) << given;
    EXPECT_EQ(*parse_time(format_time(*time)), *time);
  }
}

TEST(TimeText, AKnownInstantHasItsNumber) {
  EXPECT_EQ(parse_time("2026-11-21T08:00:00Z")->unix_ns, 1'795'248'000'000'000'000);
}

TEST(TimeText, WhatIsNoTimeIsRefused) {
  for (const char* text : {"",
                           "now",
                           "2026-11-21",
                           "2026-11-21T08:00:00",
                           "2026-11-21 08:00:00Z",
                           "2026-11-21t08:00:00Z",
                           "2026-11-21T08:00:00z",
                           "2026-11-21T08:00Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T08:60:00Z",
                           "2026-11-21T08:00:60Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "1999-12-31T23:59:59Z",
                           "2200-01-01T00:00:00Z",
                           "2026-11-21T08:00:00.Z",
                           "2026-11-21T08:00:00.1234567890Z",
                           "2026-11-21T08:00:00Zx",
                           "2026-11-21T08:00:00+1:00",
                           "2026-11-21T08:00:00+01:00 ",
                           "2026-11-21T08:00:00+24:00",
                           "2026-11-21T08:00:00+01:60",
                           "2026-11-21T08:00:00-00:00",
                           "2026-11-21T08:00:00+01",
                           "2026-11-21T08:00:00 +01:00",
                           "-026-11-21T08:00:00Z",
                           "2026-11-21T08:00:00 "})
    EXPECT_FALSE(parse_time(text).ok()) << text;
}

TEST(TimeText, EveryPrefixOfAGoodTimeButItselfIsRefused) {
  for (const std::string whole : {"2026-11-21T08:00:00.5+01:00", "2026-11-21T08:00:00.5Z"})
    for (size_t length = 0; length < whole.size(); ++length)
      EXPECT_FALSE(parse_time(whole.substr(0, length)).ok()) << whole.substr(0, length);
}

TEST(TimeText, LocalTimesThatDoNotExistOrOccurTwiceAreRefused) {
  // Vienna, 2026: clocks go from 02:00 to 03:00 on 29 March, and from 03:00 back to 02:00 on 25 October.
  EXPECT_NE(std::string(parse_time("2026-03-29T02:30:00 Europe/Vienna").status().message()).find("does not exist"),
            std::string::npos);
  EXPECT_NE(std::string(parse_time("2026-10-25T02:30:00 Europe/Vienna").status().message()).find("twice"),
            std::string::npos);
  EXPECT_EQ(format_time(*parse_time("2026-03-29T03:00:00 Europe/Vienna")), "2026-03-29T01:00:00Z");
  EXPECT_EQ(format_time(*parse_time("2026-10-25T03:00:00 Europe/Vienna")), "2026-10-25T02:00:00Z");
}

TEST(TimeText, ZoneNamesLeadNowhereElse) {
  for (const char* zone : {"Nowhere/City", "../../../etc/passwd", "/usr/share/zoneinfo/UTC", "localtime",
                           "libc:localtime", "Europe/../UTC", "Europe", ""})
    EXPECT_FALSE(parse_time(std::string("2026-11-21T08:00:00 ") + zone).ok()) << zone;
  EXPECT_FALSE(parse_time("2026-11-21T08:00:00 " + std::string(65, 'A')).ok());
}

}  // namespace
}  // namespace lictor::control
