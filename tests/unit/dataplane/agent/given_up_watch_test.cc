// What agencies are told of records that were given up before they were delivered.
#include "dataplane/agent/given_up_watch.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr int64_t kBegin = 1'800'000'000;  // 2027-01-15T08:00:00Z

LegalTime at(int64_t second) { return {(kBegin + second) * kNanosecondsPerSecond}; }

class GivenUpWatchTest : public ::testing::Test {
 protected:
  std::optional<std::string> look(int64_t second, uint64_t more, GivenUp why = GivenUp::kBacklogMax) {
    account_.given_up.add_shared(why, more);
    return watch_.look("HI3", account_, at(second));
  }

  GivenUpWatch watch_;
  HandoverTaskAccount account_;
};

TEST_F(GivenUpWatchTest, TellsOnceHowManyAndBetweenWhichTimesWhenNoMoreAreLost) {
  EXPECT_FALSE(look(0, 0));
  EXPECT_FALSE(look(1, 100));
  EXPECT_FALSE(look(2, 50, GivenUp::kTooOld));
  EXPECT_FALSE(look(3, 0));
  const auto told = look(4, 0);
  ASSERT_TRUE(told);
  EXPECT_EQ(*told,
            "HI3: 150 records that were copied could not be kept until they were delivered; they were given up between "
            "2027-01-15T08:00:00Z and 2027-01-15T08:00:02Z, the oldest first");
  EXPECT_LE(told->size(), 256U) << "of an HI1 alarm";
  for (int64_t second = 5; second < 200; ++second) EXPECT_FALSE(look(second, 0));
}

TEST_F(GivenUpWatchTest, TellsEachMinuteWhatGoesOn) {
  uint64_t told = 0;
  for (int64_t second = 0; second <= 180; ++second) told += look(second, 1).has_value() ? 1 : 0;
  EXPECT_EQ(told, 3U);
}

TEST_F(GivenUpWatchTest, WhatWasSentAndNeverConfirmedIsLostAsWell) {
  account_.unconfirmed.add_shared(40);
  account_.unconfirmed_lost.add_shared(30);
  EXPECT_FALSE(look(0, 5));
  const auto told = look(2, 0);
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->starts_with("HI3: 35 records")) << *told;
  EXPECT_TRUE(told->ends_with("the oldest first; 30 were sent, unconfirmed")) << *told;
  EXPECT_LE(told->size(), 256U);
}

TEST_F(GivenUpWatchTest, WhatWasRevokedIsNoLoss) {
  EXPECT_FALSE(look(0, 100, GivenUp::kRevoked));
  EXPECT_FALSE(watch_.last_look("HI3", account_, at(100)));
}

TEST_F(GivenUpWatchTest, AtTheEndEverythingIsTold) {
  EXPECT_FALSE(look(0, 7));
  const auto told = watch_.last_look("HI2", account_, at(1));
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->starts_with("HI2: 7 records")) << *told;
  EXPECT_FALSE(watch_.last_look("HI2", account_, at(9)));
}

}  // namespace
}  // namespace lictor
