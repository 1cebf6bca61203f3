// Each CIN of a task's leases is given once, and more are asked for in time.
#include "dataplane/base/cin_ranges.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(CinRanges, GivesEachOnceAndThenNone) {
  CinRanges cins;
  EXPECT_EQ(cins.take(), std::nullopt);
  cins.add({10, 3});
  cins.add({10, 3});  // a directive that is sent again
  EXPECT_EQ(cins.take(), 10U);
  cins.add({10, 3});
  EXPECT_EQ(cins.take(), 11U);
  EXPECT_EQ(cins.take(), 12U);
  EXPECT_EQ(cins.take(), std::nullopt);
  cins.add({10, 3});
  EXPECT_EQ(cins.take(), std::nullopt) << "never again";
}

TEST(CinRanges, AnotherLeaseComesBehindWhatIsLeft) {
  CinRanges cins;
  cins.add({10, 2});
  EXPECT_EQ(cins.take(), 10U);
  cins.add({500, 2});
  EXPECT_EQ(cins.take(), 11U);
  EXPECT_EQ(cins.take(), 500U);
  EXPECT_EQ(cins.take(), 501U);
  EXPECT_EQ(cins.take(), std::nullopt);
}

TEST(CinRanges, AsksForMoreWhenThreeQuartersAreGiven) {
  CinRanges cins;
  EXPECT_EQ(cins.asks_for_more(), std::nullopt) << "it was leased none";
  cins.add({100, 8});
  for (int i = 0; i < 5; ++i) cins.take();
  EXPECT_EQ(cins.asks_for_more(), std::nullopt);
  cins.take();
  EXPECT_EQ(cins.asks_for_more(), 100U);
  cins.add({900, 8});
  EXPECT_EQ(cins.asks_for_more(), std::nullopt);
  for (int i = 0; i < 8; ++i) cins.take();
  EXPECT_EQ(cins.asks_for_more(), 900U);
}

TEST(CinRanges, TheLastCinOfAllCanBeGiven) {
  CinRanges cins;
  cins.add({UINT32_MAX, 1});
  EXPECT_EQ(cins.take(), UINT32_MAX);
  EXPECT_EQ(cins.take(), std::nullopt);
}

}  // namespace
}  // namespace lictor
