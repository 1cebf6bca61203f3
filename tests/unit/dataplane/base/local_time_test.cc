// Offsets of local time, around the transitions of a zone and where there are none.

#include "dataplane/base/local_time.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

// Europe/Vienna in 2026: the seconds from which on summer time, and then standard time, is in force.
constexpr int64_t kSummerBegins = 1'774'746'000;  // 2026-03-29 01:00:00 UTC
constexpr int64_t kSummerEnds = 1'792'890'000;    // 2026-10-25 01:00:00 UTC

LocalTime zone(const std::string& name) {
  const Result<LocalTime> local = LocalTime::in_zone(name);
  EXPECT_TRUE(local.ok()) << name;
  return *local;
}

int minutes_at(const std::string& name, int64_t unix_s) { return zone(name).span_at(unix_s).offset_minutes; }

TEST(LocalTime, AFixedOffsetIsAlwaysTheSame) {
  for (const int minutes : {-720, -210, 0, 60, 840}) {
    const Result<LocalTime> local = LocalTime::at_offset(minutes);
    ASSERT_TRUE(local.ok());
    for (const int64_t unix_s : {int64_t{0}, kSummerBegins, kSummerEnds})
      EXPECT_EQ(local->span_at(unix_s).offset_minutes, minutes);
  }
  for (const int minutes : {-721, 841, INT32_MIN, INT32_MAX}) EXPECT_FALSE(LocalTime::at_offset(minutes).ok());
}

TEST(LocalTime, AZoneChangesAtTheSecondOfItsTransition) {
  EXPECT_EQ(minutes_at("Europe/Vienna", kSummerBegins - 1), 60);
  EXPECT_EQ(minutes_at("Europe/Vienna", kSummerBegins), 120);
  EXPECT_EQ(minutes_at("Europe/Vienna", kSummerEnds - 1), 120);
  EXPECT_EQ(minutes_at("Europe/Vienna", kSummerEnds), 60);
  EXPECT_EQ(minutes_at("America/St_Johns", kSummerBegins), -150) << "summer";
  EXPECT_EQ(minutes_at("Asia/Kolkata", kSummerBegins), 330);
  EXPECT_EQ(minutes_at("Africa/Monrovia", 0), -44) << "the offset was 44 minutes and 30 seconds";
}

TEST(LocalTime, ASpanReachesFromOneTransitionToTheNext) {
  for (const int64_t unix_s : {kSummerBegins, kSummerBegins + 1, kSummerEnds - 1}) {
    const LocalTime::Span span = zone("Europe/Vienna").span_at(unix_s);
    EXPECT_EQ(span.from, kSummerBegins);
    EXPECT_EQ(span.until, kSummerEnds);
  }
  EXPECT_EQ(zone("Europe/Vienna").span_at(kSummerBegins - 1).until, kSummerBegins);
  EXPECT_EQ(zone("UTC").span_at(0).until, INT64_MAX);
}

TEST(LocalTime, WhatIsRememberedIsRightForTimesThatStepBack) {
  LocalOffset offset(zone("Europe/Vienna"));
  const LocalTime fresh = zone("Europe/Vienna");
  for (const int64_t base : {kSummerBegins, kSummerEnds}) {
    for (const int64_t step : {-1, 0, -1, 1, -86'400, 86'400, -1, 0})
      EXPECT_EQ(offset.minutes_at(base + step), fresh.span_at(base + step).offset_minutes) << base << " " << step;
  }
  EXPECT_EQ(LocalOffset(std::nullopt).minutes_at(kSummerBegins), std::nullopt);
}

TEST(LocalTime, ZonesThatAreNoneAreRefused) {
  for (const std::string name : {"", "Europe/Nowhere", "/etc/localtime", "localtime", "../../etc/passwd", "file:/x",
                                 "libc:localtime", "Europe/Vienna "})
    EXPECT_FALSE(LocalTime::in_zone(name).ok()) << name;
  EXPECT_FALSE(LocalTime::in_zone(std::string(65, 'a')).ok());
}

}  // namespace
}  // namespace lictor
