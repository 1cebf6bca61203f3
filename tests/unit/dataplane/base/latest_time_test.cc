// A clock that is set back lengthens nothing.
#include "dataplane/base/latest_time.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr int64_t kHour = 3600 * kNanosecondsPerSecond;
constexpr int64_t kLegal = 1'800'000'000 * kNanosecondsPerSecond;

TEST(LatestTime, IsTheLegalTimeWhileNobodySetsTheClock) {
  LatestTime latest;
  for (int64_t ns = 0; ns < 5; ++ns) EXPECT_EQ(latest.at({kLegal + ns}, {7 + ns}).unix_ns, kLegal + ns);
}

TEST(LatestTime, GoesOnByTheOtherClockWhenItIsSetBack) {
  LatestTime latest;
  latest.at({kLegal}, {0});
  EXPECT_EQ(latest.at({kLegal - kHour + 9}, {9}).unix_ns, kLegal + 9);
  EXPECT_EQ(latest.at({kLegal - kHour + kHour / 2}, {kHour / 2}).unix_ns, kLegal + kHour / 2);
  EXPECT_EQ(latest.at({kLegal + kHour}, {kHour}).unix_ns, kLegal + kHour) << "set right again";
}

TEST(LatestTime, BelievesAStepForwardForEver) {
  LatestTime latest;
  latest.at({kLegal}, {0});
  EXPECT_EQ(latest.at({kLegal + kHour}, {0}).unix_ns, kLegal + kHour);
  EXPECT_EQ(latest.at({kLegal + 1}, {1}).unix_ns, kLegal + kHour + 1);
}

TEST(LatestTime, AnInterruptedReadingMakesNothingEarlier) {
  LatestTime latest;
  latest.at({kLegal}, {1'000'000});  // a millisecond passed between the two
  EXPECT_EQ(latest.at({kLegal + 1'000'000}, {1'000'000}).unix_ns, kLegal + 1'000'000);
  EXPECT_EQ(latest.at({kLegal + 1'000'001}, {1'000'001}).unix_ns, kLegal + 1'000'001);
}

}  // namespace
}  // namespace lictor
