// Times in DER's form, and local ones.

#include "encoders/etsi/time_text.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

std::string generalized(int64_t unix_ns, std::optional<int> offset_minutes = {}) {
  uint8_t text[kGeneralizedTimeBytesMax];
  return {reinterpret_cast<const char*>(text), write_generalized_time({unix_ns}, offset_minutes, text)};
}

TEST(TimeText, GeneralizedTimeHasNoTrailingZerosInItsFraction) {
  EXPECT_EQ(generalized(0), "19700101000000Z");
  EXPECT_EQ(generalized(999'999), "19700101000000Z");
  EXPECT_EQ(generalized(1'000'000), "19700101000000.001Z");
  EXPECT_EQ(generalized(500'000'000), "19700101000000.5Z");
  EXPECT_EQ(generalized(1'789'000'000'123'456'789), "20260910002640.123Z") << "cut, not rounded";
  EXPECT_EQ(generalized(951'782'400 * kNanosecondsPerSecond), "20000229000000Z");
}

TEST(TimeText, TimesOutsideTheCalendarAreTheNearestInside) {
  EXPECT_EQ(generalized(-1), "19700101000000Z");
  EXPECT_EQ(generalized(INT64_MAX).substr(0, 4), "2262");
}

TEST(TimeText, LocalTimeHasItsOffsetBehindIt) {
  constexpr int64_t kTime = 1'789'000'000'123'456'789;
  EXPECT_EQ(generalized(kTime, 120), "20260910022640.123+0200");
  EXPECT_EQ(generalized(kTime, 0), "20260910002640.123+0000");
  EXPECT_EQ(generalized(kTime, -210), "20260909205640.123-0330") << "the day before";
  EXPECT_EQ(generalized(kTime, 840), "20260910142640.123+1400");
  EXPECT_EQ(generalized(0, -720), "19691231120000-1200");
  EXPECT_EQ(generalized(1'767'225'599'900'000'000, 60), "20260101005959.9+0100") << "the year after";
  EXPECT_EQ(generalized(kTime, -720).size(), kGeneralizedTimeBytesMax);
}

TEST(TimeText, UtcTimeHasATwoDigitYear) { EXPECT_EQ(utc_time_text({1'789'000'000'123'456'789}), "260910002640Z"); }

}  // namespace
}  // namespace lictor
