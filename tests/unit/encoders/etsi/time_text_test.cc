// Times in DER's form.

#include "encoders/etsi/time_text.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

std::string generalized(int64_t unix_ns) {
  uint8_t text[kGeneralizedTimeBytesMax];
  return {reinterpret_cast<const char*>(text), write_generalized_time({unix_ns}, text)};
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

TEST(TimeText, UtcTimeHasATwoDigitYear) { EXPECT_EQ(utc_time_text({1'789'000'000'123'456'789}), "260910002640Z"); }

}  // namespace
}  // namespace lictor
