// ClockWatch: when it is told that the host's clock cannot be trusted, and when it can again.
#include "dataplane/agent/clock_watch.h"

#include <gmock/gmock.h>

namespace lictor {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kBegin = 1'800'000'000;  // 2027-01-15T08:00:00Z
constexpr int64_t kMs = 1'000'000;

class ClockWatchTest : public testing::Test {
 protected:
  // A second later, unless it is said otherwise.
  std::optional<ClockWatch::Told> look(int64_t seconds = 1) {
    now_.legal.unix_ns += seconds * kNanosecondsPerSecond;
    now_.socket.ns += seconds * kNanosecondsPerSecond;
    auto told = watch_.look(now_);
    EXPECT_LE(told ? told->text.size() : 0, 256U) << "of an HI1 alarm";
    return told;
  }
  // So many looks that tell nothing.
  void nothing(int looks) {
    for (int i = 0; i < looks; ++i) {
      const auto told = look();
      EXPECT_FALSE(told) << told->text;
    }
  }
  void step(int64_t ns) { now_.legal.unix_ns += ns; }

  ClockReading now_{.legal = {kBegin * kNanosecondsPerSecond},
                    .socket = {77},
                    .is_known = true,
                    .is_synchronised = true,
                    .error_us = 900};
  ClockWatch watch_{{.error_us_max = 1000, .step_ns_max = 500 * kMs, .settle_ns = 10 * kNanosecondsPerSecond}};
};

TEST_F(ClockWatchTest, AGoodClockIsNoNews) { nothing(1000); }

TEST_F(ClockWatchTest, NothingIsBegunByAClockInDoubtThoughItIsNotToldYet) {
  nothing(5);
  EXPECT_FALSE(watch_.is_doubtful());
  now_.is_synchronised = false;
  nothing(1);
  EXPECT_TRUE(watch_.is_doubtful());
  now_.is_synchronised = true;
  nothing(1);
  EXPECT_FALSE(watch_.is_doubtful());
}

TEST_F(ClockWatchTest, ADoubtIsToldWhenItLastsAndItsEndWithItsTimes) {
  nothing(5);  // until 08:00:05
  now_.is_synchronised = false;
  nothing(10);
  const auto doubted = look();
  ASSERT_TRUE(doubted);
  EXPECT_FALSE(doubted->trusted);
  EXPECT_EQ(doubted->text,
            "time is not to be trusted since 2027-01-15T08:00:06Z: the system's clock is not synchronised");
  nothing(100);
  now_.is_synchronised = true;
  nothing(10);
  const auto trusted = look();
  ASSERT_TRUE(trusted);
  EXPECT_TRUE(trusted->trusted);
  EXPECT_EQ(trusted->text,
            "time is to be trusted again: it was not between 2027-01-15T08:00:06Z and 2027-01-15T08:01:57Z");
  nothing(100);
}

TEST_F(ClockWatchTest, WhatChangesBeforeItHasSettledIsNotTold) {
  for (int i = 0; i < 21; ++i) {
    now_.is_synchronised = i % 2 == 0;
    nothing(9);
  }
  now_.is_synchronised = false;
  nothing(10);
  EXPECT_TRUE(look());
  for (int i = 0; i < 20; ++i) {
    now_.is_synchronised = i % 2 == 0;
    nothing(9);
  }
}

TEST_F(ClockWatchTest, AnErrorBeyondTheBoundAndASilentKernelAreDoubts) {
  now_.error_us = 1000;
  nothing(20);
  now_.error_us = 16'000'000;
  nothing(10);
  EXPECT_THAT(look()->text, HasSubstr("may be wrong by 16000 ms"));
  ClockWatch other({.settle_ns = 0});
  now_.is_known = false;
  EXPECT_THAT(other.look(now_)->text, HasSubstr("does not say whether"));
}

TEST_F(ClockWatchTest, AStepIsToldAtOnceAndTheClockIsTrustedWhenNoMoreFollow) {
  nothing(3);
  step(-3600 * kNanosecondsPerSecond);
  const auto told = look();
  ASSERT_TRUE(told);
  EXPECT_FALSE(told->trusted);
  EXPECT_EQ(told->text,
            "time is not to be trusted: the system's clock was set by -3600.000 s when it showed 2027-01-15T08:00:03Z; "
            "now it shows 2027-01-15T07:00:04Z");
  nothing(9);
  step(2 * kNanosecondsPerSecond);  // told later, with whatever else comes until then
  nothing(20);
  step(-1 * kNanosecondsPerSecond);
  nothing(30);
  EXPECT_THAT(look()->text, HasSubstr("was set by +1.000 s"));
  EXPECT_TRUE(look()->trusted) << "the last one is more than ten seconds ago";
  nothing(100);
}

TEST_F(ClockWatchTest, SmallStepsAddUp) {
  nothing(1);
  step(300 * kMs);
  nothing(1);
  step(200 * kMs);
  nothing(1);
  step(1);
  EXPECT_THAT(look()->text, HasSubstr("was set by +0.500 s"));
}

TEST_F(ClockWatchTest, AnUnsynchronisedClockThatStepsIsOneAlarmUntilBothAreOver) {
  now_.is_synchronised = false;
  nothing(10);
  EXPECT_THAT(look()->text, StartsWith("time is not to be trusted since"));
  step(5 * kNanosecondsPerSecond);
  EXPECT_FALSE(look()->trusted);
  nothing(30);
  now_.is_synchronised = true;
  nothing(10);
  const auto trusted = look();
  ASSERT_TRUE(trusted && trusted->trusted);
  EXPECT_THAT(trusted->text, HasSubstr("between 2027-01-15T08:00:01Z and"));
}

TEST(ClockState, ThisHostsClocksAreReadTogether) {
  const ClockReading before = read_clock_state();
  const ClockReading after = read_clock_state();
  EXPECT_GT(before.legal.unix_ns, 0);
  EXPECT_GE(after.socket, before.socket);
  EXPECT_LE(after.socket, socket_now());
}

}  // namespace
}  // namespace lictor
