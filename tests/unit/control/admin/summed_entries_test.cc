// The same over and over is counted, and said.
#include "control/admin/summed_entries.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

SummedEntries::Key key(const std::string& actor = "anna") {
  return {.kind = AuditKind::kRefusal, .actor = actor, .action = "warrant.get", .object = {}, .outcome = "NOT_FOUND"};
}

TEST(SummedEntries, TheFirstStandAloneTheRestIsOneSumAtTheEndOfTheHour) {
  SummedEntries sums;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(sums.stands_alone(key(), 3, i));
  for (int i = 3; i < 10; ++i) EXPECT_FALSE(sums.stands_alone(key(), 3, i));
  EXPECT_TRUE(sums.take_over(SummedEntries::kSpanNs - 1).empty());
  const std::vector<SummedEntries::Sum> over = sums.take_over(SummedEntries::kSpanNs);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].times, 7U);
  EXPECT_EQ(over[0].key, key());
  EXPECT_TRUE(sums.stands_alone(key(), 3, SummedEntries::kSpanNs)) << "another hour";
}

TEST(SummedEntries, OneCallersCountHidesNobodyElses) {
  SummedEntries sums;
  EXPECT_TRUE(sums.stands_alone(key(), 1, 0));
  EXPECT_FALSE(sums.stands_alone(key(), 1, 0));
  EXPECT_TRUE(sums.stands_alone(key("berta"), 1, 0));
}

TEST(SummedEntries, AClockThatWasSetBackLosesNoCount) {
  SummedEntries sums;
  sums.stands_alone(key(), 1, 1000);
  sums.stands_alone(key(), 1, 1000);
  ASSERT_EQ(sums.take_over(0).size(), 1U);
  EXPECT_TRUE(sums.take_all().empty());
}

TEST(SummedEntries, BeyondItsBoundEachStandsAlone) {
  SummedEntries sums;
  for (size_t i = 0; i < SummedEntries::kKindsMax; ++i) sums.stands_alone(key(std::to_string(i)), 1, 0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(sums.stands_alone(key(), 1, 0));
  sums.stands_alone(key("0"), 1, 0);
  EXPECT_EQ(sums.take_all().size(), 1U);
}

}  // namespace
}  // namespace lictor::control
