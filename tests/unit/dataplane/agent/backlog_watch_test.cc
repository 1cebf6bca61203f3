// BacklogWatch: when an agency is told that its records come late, and when that it is over.
#include "dataplane/agent/backlog_watch.h"

#include <gmock/gmock.h>

namespace lictor {
namespace {

using testing::HasSubstr;

class BacklogWatchTest : public testing::Test {
 protected:
  using All = std::vector<BacklogWatch::Told>;

  // One look, a second after the one before.
  All look(uint64_t records, uint64_t bytes = 0, uint64_t waiting_ms = 0) {
    DestinationStatistics one;
    one.id = "lea/hi3";
    one.side = HandoverSide::kHi3;
    one.backlog_records = records;
    one.backlog_bytes = bytes;
    one.waiting_ms = waiting_ms;
    return look({one});
  }
  All look(const std::vector<DestinationStatistics>& all) {
    now_.unix_ns += kNanosecondsPerSecond;
    const auto rule_of = [this](const std::string&) { return rule_; };
    return watch_.look(all, rule_of, now_, {now_.unix_ns}, alarms_);
  }
  // What is told while that stands for as long as it takes, and a look more.
  All lasts(uint64_t records, uint64_t bytes = 0, uint64_t waiting_ms = 0) {
    All all;
    for (int second = 0; second <= 11; ++second)
      for (BacklogWatch::Told& told : look(records, bytes, waiting_ms)) all.push_back(std::move(told));
    return all;
  }
  // "+" for an alarm that stands since the last call, "-" for one that is over; with their counts.
  std::string alarms() {
    std::string all;
    for (const AlarmEvent& event : alarms_.take_all()) all += (event.cleared ? "-" : "+") + std::to_string(event.count);
    return all;
  }

  BacklogRule rule_{.limits = {.records = 100, .bytes = 0, .age_s = 0}};
  LegalTime now_{};
  BacklogWatch watch_;
  AlarmQueue alarms_;
};

TEST_F(BacklogWatchTest, ItIsToldOnceWhenItHasGrownAndOnceWhenItIsHalfOfThat) {
  EXPECT_TRUE(lasts(99).empty());
  const All begun = lasts(100);
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].destination_id, "lea/hi3");
  EXPECT_THAT(begun[0].text, HasSubstr("HI3: 100 records"));
  EXPECT_TRUE(lasts(5000).empty());
  EXPECT_TRUE(lasts(51).empty());
  const All over = lasts(50);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_THAT(over[0].text, HasSubstr("50 records"));
  EXPECT_EQ(alarms(), "+100-0") << "lictord adds the counts up";
}

TEST_F(BacklogWatchTest, WhatDoesNotLastIsNotTold) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(look(i % 9 == 8 ? 99 : 1000).empty());
  EXPECT_EQ(lasts(1000).size(), 1U);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(look(i % 9 == 8 ? 51 : 0).empty());
  EXPECT_EQ(lasts(0).size(), 1U);
}

TEST_F(BacklogWatchTest, EachLimitTellsByItself) {
  rule_.limits = {.records = 0, .bytes = 1000, .age_s = 60};
  EXPECT_TRUE(lasts(1'000'000, 999, 59'999).empty());
  EXPECT_EQ(lasts(1, 1000).size(), 1U);
  EXPECT_EQ(lasts(1, 500).size(), 1U);
  EXPECT_EQ(lasts(1, 1, 60'000).size(), 1U);
  EXPECT_EQ(alarms(), "+1-0+1");
}

// What is told waits for its confirmation itself, here for five looks: as much as the limit.
TEST_F(BacklogWatchTest, WordsThatTellOfABacklogDoNotMakeTheNext) {
  rule_.limits.records = 2;
  EXPECT_EQ(lasts(100).size(), 1U);
  size_t told = 0;
  int unconfirmed_looks = 0;
  for (int second = 0; second < 1000; ++second) {
    const size_t now = look(unconfirmed_looks > 0 ? 2 : 0).size();
    unconfirmed_looks = now > 0 ? 5 : unconfirmed_looks - 1;
    told += now;
  }
  EXPECT_EQ(told, 1U) << "that it is over";
}

TEST_F(BacklogWatchTest, ItTakesAsLongAsTheRuleSays) {
  rule_.settle_ns = 120 * kNanosecondsPerSecond;
  for (int second = 0; second < 120; ++second) EXPECT_TRUE(look(1000).empty());
  EXPECT_EQ(look(1000).size(), 1U);
}

TEST_F(BacklogWatchTest, WithoutLimitsNothingIsTold) {
  rule_ = {};
  EXPECT_TRUE(lasts(UINT64_MAX, UINT64_MAX, UINT64_MAX).empty());
  EXPECT_EQ(alarms(), "");
}

TEST_F(BacklogWatchTest, WhereTheLimitsVanishTheAlarmEndsAndNobodyIsToldThatItIsDelivered) {
  EXPECT_EQ(lasts(100'000).size(), 1U);
  rule_ = {};
  EXPECT_TRUE(lasts(100'000).empty());
  const std::deque<AlarmEvent> all = alarms_.take_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[1].cleared);
  EXPECT_THAT(all[1].text, HasSubstr("is not watched any more"));
}

TEST_F(BacklogWatchTest, OfADestinationThatIsGoneTheAlarmIsOver) {
  lasts(100);
  EXPECT_TRUE(look(std::vector<DestinationStatistics>()).empty());
  EXPECT_EQ(alarms(), "+100-0");
}

}  // namespace
}  // namespace lictor
