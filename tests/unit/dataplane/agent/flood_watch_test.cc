// FloodWatch: which task's content waits so much, or so long, that it should have a spool of its own.
#include "dataplane/agent/flood_watch.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr uint64_t kMin = FloodWatch::kOctetsMin;

SocketTime ms(int64_t time) { return {time * 1'000'000}; }

TEST(FloodWatch, SaysWhenTooMuchWaits) {
  FloodWatch watch;
  const FloodLimits limits{.octets = 1000, .wait_ms = 0};
  EXPECT_FALSE(watch.look(5000, 4001, limits, ms(0)));
  EXPECT_EQ(watch.waits(), 999U);
  EXPECT_TRUE(watch.look(5001, 4001, limits, ms(1)));
  EXPECT_FALSE(watch.look(6000, 6000, limits, ms(2)));
  EXPECT_FALSE(watch.look(6000, 6001, limits, ms(2))) << "read one after the other";
}

TEST(FloodWatch, SaysWhenSomeWaitsTooLongThoughMoreIsSentAllTheTime) {
  FloodWatch watch;
  const FloodLimits limits{.octets = 0, .wait_ms = 1000};
  // An octet a millisecond goes, and what waits is always more than a second's.
  EXPECT_FALSE(watch.look(2 * kMin, 0, limits, ms(0)));
  EXPECT_FALSE(watch.look(2 * kMin + 999, 999, limits, ms(999)));
  EXPECT_TRUE(watch.look(2 * kMin + 1000, 1000, limits, ms(1000)));
}

TEST(FloodWatch, WhatGoesInTimeDoesNotWaitHoweverLongItGoesOn) {
  FloodWatch watch;
  const FloodLimits limits{.octets = 0, .wait_ms = 1000};
  for (int64_t i = 0; i < 100; ++i) {
    const auto gone = static_cast<uint64_t>(i) * 2 * kMin;
    EXPECT_FALSE(watch.look(gone + 2 * kMin, gone, limits, ms(i * 900)));
  }
}

TEST(FloodWatch, OfLittleOneTurnIsEnough) {
  FloodWatch watch;
  const FloodLimits limits{.octets = 0, .wait_ms = 1000};
  EXPECT_FALSE(watch.look(kMin - 1, 0, limits, ms(0)));
  EXPECT_FALSE(watch.look(kMin - 1, 0, limits, ms(60'000)));
  EXPECT_TRUE(watch.look(kMin, 0, limits, ms(60'001)));
}

}  // namespace
}  // namespace lictor
