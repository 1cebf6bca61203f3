// KeepaliveWatch and Redial, on a clock that the test moves.
#include <gtest/gtest.h>

#include "encoders/handover/keepalive_watch.h"
#include "encoders/handover/redial.h"

namespace lictor {
namespace {

constexpr SocketTime at_ms(int64_t ms) { return {ms * kNanosecondsPerMillisecond}; }

KeepaliveWatch watch_of(uint32_t idle_ms, uint32_t wait_ms) {
  KeepaliveWatch watch;
  watch.change({.on = true, .idle_ms = idle_ms, .wait_ms = wait_ms});
  watch.start(at_ms(0));
  return watch;
}

TEST(KeepaliveWatch, IsDueAfterIdlenessThatEverySendEnds) {
  KeepaliveWatch watch = watch_of(100, 50);
  EXPECT_FALSE(watch.due(at_ms(99)));
  EXPECT_TRUE(watch.due(at_ms(100)));
  watch.sent(at_ms(90));
  EXPECT_FALSE(watch.due(at_ms(189)));
  EXPECT_TRUE(watch.due(at_ms(190)));
}

TEST(KeepaliveWatch, OnlyTheAwaitedNumberAnswers) {
  KeepaliveWatch watch = watch_of(100, 50);
  const uint32_t number = watch.number();
  EXPECT_FALSE(watch.answered(number));
  watch.requested(at_ms(100));
  EXPECT_FALSE(watch.answered(number + 1));
  EXPECT_FALSE(watch.due(at_ms(500)));
  EXPECT_FALSE(watch.overdue(at_ms(149)));
  EXPECT_TRUE(watch.overdue(at_ms(150)));
  EXPECT_TRUE(watch.answered(number));
  EXPECT_FALSE(watch.overdue(at_ms(500)));
  EXPECT_EQ(watch.number(), number + 1);
}

TEST(KeepaliveWatch, NeverAsksWhereTheProfileSaysSo) {
  KeepaliveWatch watch;
  watch.change({.on = false, .idle_ms = 1, .wait_ms = 1});
  watch.start(at_ms(0));
  EXPECT_FALSE(watch.due(at_ms(1'000'000)));
}

TEST(Redial, TriesTheEndpointsInOrderThenPausesAndBeginsWithThePrimary) {
  Redial redial(3, 100, 1000, 1);
  EXPECT_TRUE(redial.may_try(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_FALSE(redial.failed(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 1u);
  EXPECT_FALSE(redial.failed(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 2u);
  EXPECT_TRUE(redial.failed(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_FALSE(redial.may_try(at_ms(99)));
  EXPECT_TRUE(redial.may_try(at_ms(125)));
}

TEST(Redial, PausesDoubleUpToTheirBound) {
  Redial redial(1, 100, 1000, 1);
  int64_t now = 0;
  for (const int64_t pause : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_TRUE(redial.failed(at_ms(now)));
    EXPECT_FALSE(redial.may_try(at_ms(now + pause - 1))) << pause;
    EXPECT_TRUE(redial.may_try(at_ms(now + std::min<int64_t>(pause + pause / 4, 1000)))) << pause;
    now += 2000;
  }
}

TEST(Redial, AConnectionThatStoodIsMadeAnewAtOnceWithThePrimary) {
  Redial redial(2, 100, 1000, 1);
  redial.failed(at_ms(0));
  redial.connected(at_ms(0));
  redial.lost(Lost::kByPeer, at_ms(5000));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_TRUE(redial.may_try(at_ms(5000)));
}

TEST(Redial, APeerThatClosesAtOnceIsNotCalledInATightLoop) {
  Redial redial(1, 100, 1000, 1);
  redial.connected(at_ms(0));
  redial.lost(Lost::kByPeer, at_ms(1));
  EXPECT_FALSE(redial.may_try(at_ms(100)));
  redial.connected(at_ms(200));
  redial.lost(Lost::kByPeer, at_ms(201));
  EXPECT_FALSE(redial.may_try(at_ms(400)));
}

TEST(Redial, AnEndpointThatDoesNotAnswerIsFollowedByTheNext) {
  Redial redial(2, 100, 1000, 1);
  redial.connected(at_ms(0));
  redial.lost(Lost::kUnanswered, at_ms(5000));
  EXPECT_EQ(redial.endpoint(), 1u);
  EXPECT_FALSE(redial.failed(at_ms(5000)));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_TRUE(redial.failed(at_ms(5000)));
}

}  // namespace
}  // namespace lictor
