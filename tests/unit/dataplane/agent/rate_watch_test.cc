// RateWatch: a target's rate over whole spans of seconds, held against its agency's line.
#include "dataplane/agent/rate_watch.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

using Change = RateWatch::Change;
constexpr uint64_t kLine = 8'000'000;  // a megabyte a second
constexpr uint64_t kMegabyte = 1'000'000;

SocketTime s(double seconds) { return {static_cast<int64_t>(seconds * 1e9)}; }

TEST(RateWatch, TellsOnceThatTheLineIsExceededAndOnceThatItIsNot) {
  RateWatch watch;
  EXPECT_EQ(watch.look(0, kLine, 5, s(100)), Change::kNone);
  EXPECT_EQ(watch.look(50 * kMegabyte, kLine, 5, s(104.9)), Change::kNone) << "the span is not over";
  EXPECT_EQ(watch.look(50 * kMegabyte, kLine, 5, s(105)), Change::kExceeds);
  EXPECT_EQ(watch.rate_bps(), 80'000'000U);
  EXPECT_EQ(watch.look(100 * kMegabyte, kLine, 5, s(110)), Change::kNone);
  EXPECT_EQ(watch.look(105 * kMegabyte, kLine, 5, s(115)), Change::kFits);
  EXPECT_EQ(watch.look(105 * kMegabyte, kLine, 5, s(120)), Change::kNone);
}

TEST(RateWatch, ABurstThatTheSpanEvensOutIsNoMatter) {
  RateWatch watch;
  watch.look(0, kLine, 5, s(0));
  EXPECT_EQ(watch.look(5 * kMegabyte, kLine, 5, s(0.1)), Change::kNone);
  EXPECT_EQ(watch.look(5 * kMegabyte, kLine, 5, s(5)), Change::kNone);
}

TEST(RateWatch, WhatCameBeforeItLookedDoesNotCount) {
  RateWatch watch;
  EXPECT_EQ(watch.look(1000 * kMegabyte, kLine, 5, s(50)), Change::kNone);
  EXPECT_EQ(watch.look(1001 * kMegabyte, kLine, 5, s(55)), Change::kNone);
}

TEST(RateWatch, AnotherTaskInItsPlaceBeginsAnew) {
  RateWatch watch;
  watch.look(1000 * kMegabyte, kLine, 9, s(50));
  EXPECT_EQ(watch.look(10, kLine, 9, s(60)), Change::kNone);
  EXPECT_EQ(watch.look(20, kLine, 9, s(69)), Change::kNone);
  EXPECT_LT(watch.rate_bps(), kLine);
}

TEST(RateWatch, IsOverWithTheInterceptionAndWithoutALine) {
  RateWatch watch;
  watch.look(0, kLine, 1, s(0));
  EXPECT_EQ(watch.look(9 * kMegabyte, kLine, 1, s(1)), Change::kExceeds);
  EXPECT_EQ(watch.stop(9 * kMegabyte, s(2)), Change::kFits);
  EXPECT_EQ(watch.stop(9 * kMegabyte, s(3)), Change::kNone);
  watch.look(9 * kMegabyte, kLine, 1, s(4));
  EXPECT_EQ(watch.look(99 * kMegabyte, kLine, 1, s(5)), Change::kExceeds);
  EXPECT_EQ(watch.look(199 * kMegabyte, 0, 1, s(6)), Change::kFits);
}

}  // namespace
}  // namespace lictor
