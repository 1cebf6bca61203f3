// The rate of a replay.
#include "dataplane/replay_pace.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr int64_t kStart = 1'000'000'000;

TEST(ReplayPace, LetsAsManyThroughAsTheTimeSinceTheBeginningHas) {
  ReplayPace pace(1000);
  EXPECT_TRUE(pace.holds_up({kStart}, 0));
  EXPECT_TRUE(pace.holds_up({kStart + 999'000}, 0));
  EXPECT_FALSE(pace.holds_up({kStart + 1'000'000}, 0)) << "a millisecond is one packet";
  EXPECT_TRUE(pace.holds_up({kStart + 1'000'000}, 1));
  EXPECT_FALSE(pace.holds_up({kStart + 10 * kNanosecondsPerSecond}, 9'999));
  EXPECT_TRUE(pace.holds_up({kStart + 10 * kNanosecondsPerSecond}, 10'000));
}

TEST(ReplayPace, WithoutARateHoldsNothingUp) {
  ReplayPace pace(0);
  EXPECT_FALSE(pace.holds_up({kStart}, UINT64_MAX));
}

}  // namespace
}  // namespace lictor
