// Moments as text.
#include "dataplane/base/utc_text.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(UtcText, HasTheDigitsThatAreAskedForAndNoOthers) {
  constexpr int64_t kMoment = 1'700'000'000'000'000'001;
  EXPECT_EQ(utc_text(LegalTime{kMoment}), "2023-11-14T22:13:20Z");
  EXPECT_EQ(utc_text(kMoment + 9'999'998, TimeDigits::kMilliseconds), "2023-11-14T22:13:20.009Z")
      << "cut off, not rounded";
  EXPECT_EQ(utc_text(kMoment, TimeDigits::kNanoseconds), "2023-11-14T22:13:20.000000001Z");
}

TEST(UtcText, IsRightBefore1970) {
  EXPECT_EQ(utc_text(-1, TimeDigits::kNanoseconds), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(utc_text(LegalTime{-1}), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace lictor
