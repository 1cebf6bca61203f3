// How an lcore without work falls asleep and wakes up.
#include "dataplane/dpdk/idle_backoff.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(IdleBackoff, StaysAwakeForAWhileThenSleepsLongerUpToItsBound) {
  IdleBackoff backoff(200);
  int awake = 0;
  uint32_t sleep_us = backoff.next_sleep_us();
  for (; sleep_us == 0; sleep_us = backoff.next_sleep_us()) ++awake;
  EXPECT_GT(awake, 10);
  uint32_t before = 0;
  while (sleep_us < 200) {
    EXPECT_GT(sleep_us, before);
    before = sleep_us;
    sleep_us = backoff.next_sleep_us();
  }
  EXPECT_EQ(sleep_us, 200U);
  EXPECT_EQ(backoff.next_sleep_us(), 200U);
}

TEST(IdleBackoff, WorkWakesItUp) {
  IdleBackoff backoff(200);
  while (backoff.next_sleep_us() < 200) {
  }
  backoff.worked();
  EXPECT_EQ(backoff.next_sleep_us(), 0U);
}

TEST(IdleBackoff, IsDeepWhenItsSleepsGrowNoMore) {
  IdleBackoff backoff(200);
  while (backoff.next_sleep_us() < 200) EXPECT_FALSE(backoff.is_deep());
  EXPECT_TRUE(backoff.is_deep());
  backoff.worked();
  EXPECT_FALSE(backoff.is_deep());
}

TEST(IdleBackoff, NeverSleepsWhereItMustNot) {
  IdleBackoff backoff(0);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(backoff.next_sleep_us(), 0U);
  EXPECT_FALSE(backoff.is_deep());
}

TEST(IdleBackoff, FirstSleepRespectsASmallBound) {
  IdleBackoff backoff(2);
  uint32_t sleep_us = 0;
  while (sleep_us == 0) sleep_us = backoff.next_sleep_us();
  EXPECT_EQ(sleep_us, 2U);
}

}  // namespace
}  // namespace lictor
