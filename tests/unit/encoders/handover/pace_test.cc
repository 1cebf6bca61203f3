// How fast is sent: a destination's pace, a task's own lane and its pace, and that lanes come and go.
#include <gtest/gtest.h>

#include "encoders/handover/outbox.h"
#include "encoders/handover/token_bucket.h"
#include "tests/unit/encoders/handover/connection_bench.h"

namespace lictor {
namespace {

SocketTime ms(int64_t value) { return {value * kNanosecondsPerMillisecond}; }

TEST(TokenBucket, WithoutARateEverythingGoes) {
  TokenBucket bucket;
  bucket.take(1 << 30);
  EXPECT_EQ(bucket.available(ms(1)), SIZE_MAX);
}

TEST(TokenBucket, GivesTheRateAndNoMoreThanABurst) {
  TokenBucket bucket;
  bucket.set_rate(8'000'000);  // 1000 octets a millisecond
  EXPECT_EQ(bucket.available(ms(1'000'000)), 50'000u);
  bucket.take(50'000);
  EXPECT_EQ(bucket.available(ms(1'000'000)), 0u);
  EXPECT_EQ(bucket.available(ms(1'000'010)), 10'000u);
  EXPECT_EQ(bucket.available(ms(9'000'000)), 50'000u);
}

TEST(TokenBucket, WhatWasTooMuchIsOwed) {
  TokenBucket bucket;
  bucket.set_rate(8'000'000);
  bucket.available(ms(1000));
  bucket.take(70'000);
  EXPECT_EQ(bucket.available(ms(1020)), 0u);
  EXPECT_EQ(bucket.available(ms(1025)), 5'000u);
}

// Asked each microsecond, it earns less than an octet each time.
TEST(TokenBucket, FractionsOfAnOctetAreNotLost) {
  TokenBucket bucket;
  bucket.set_rate(64'000);  // 8 octets a millisecond
  bucket.available({kNanosecondsPerSecond});
  bucket.take(bucket.available({kNanosecondsPerSecond}));
  uint64_t sum = 0;
  for (int64_t us = 1; us <= 1'000'000; ++us) {
    const size_t now = bucket.available({kNanosecondsPerSecond + us * 1000});
    bucket.take(now);
    sum += now;
  }
  EXPECT_NEAR(static_cast<double>(sum), 8000.0, 2.0);
}

// A peer that always takes less than is offered stops inside of a record: that must not give the line to one spool.
TEST_F(ConnectionTest, ALaneThatFloodsGivesWayAfterItsTurnHoweverLittleThePeerTakes) {
  connect();
  Spool* const other = connection_->add_lane(*MemorySpool::make(1 << 20), nullptr, false);
  for (uint32_t i = 0; i < 900; ++i) add(i, 1000);
  wire_->room = 77;  // from here on the flood is in the middle of a record
  run();
  ASSERT_TRUE(append(*other, {2, 0}, 100));
  other->publish();
  std::vector<uint8_t> stream = wire_->sent;
  for (size_t rounds = 0; rounds < 2000 && !connection_->drained(); ++rounds) {
    wire_->sent.clear();
    wire_->room = 500;
    connection_->ready(EPOLLOUT);
    after(1);
    stream.insert(stream.end(), wire_->sent.begin(), wire_->sent.end());
  }
  const std::vector<TestRecord> records = take_records(stream);
  const auto behind = std::ranges::find(records, TestRecord{2, 0}) - records.begin();
  EXPECT_NEAR(static_cast<double>(behind), static_cast<double>(Outbox::kTurnBytes) / 1000, 2.0);
}

class PaceTest : public ConnectionTest {
 protected:
  // 100 octets a millisecond.
  // A keepalive goes behind each record.
  static DestinationPlan asking() {
    DestinationPlan made = plan();
    made.confirm = {.level = ConfirmLevel::kRead, .interval_bytes = 1, .interval_ms = 1};
    return made;
  }
  PaceTest() : ConnectionTest(Peers::kAnybody, std::make_shared<TokenBucket>()) { pace_->set_rate(800'000); }
};

TEST_F(PaceTest, TheDestinationGetsNoMoreThanItsRateAndLosesNothing) {
  connect();
  for (uint32_t i = 0; i < 500; ++i) add(i);
  run();
  EXPECT_LE(wire_->sent.size(), 5'100u);  // a burst and a record
  const size_t before = wire_->sent.size();
  for (int i = 0; i < 100; ++i) after(1);
  EXPECT_NEAR(static_cast<double>(wire_->sent.size() - before), 10'000.0, 200.0);
  for (int i = 0; i < 1000; ++i) after(1);
  EXPECT_EQ(received().size(), 500u + connection_->statistics().keepalives_sent);
  EXPECT_TRUE(connection_->drained());
}

TEST_F(PaceTest, KeepalivesDoNotWaitForIt) {
  connect();
  add(0, 60'000);
  run();  // that is owed for more than half a second
  add(1);
  for (int i = 0; i < 500; ++i) after(1);
  EXPECT_EQ(received().size(), 1u);
  connection_->change(asking());
  after(1);
  after(1);
  EXPECT_EQ(connection_->statistics().keepalives_sent, 1u);
}

class LaneTest : public ConnectionTest {
 protected:
  Spool* lane(uint64_t rate_bps, bool behind = false) {
    const auto pace = std::make_shared<TokenBucket>();
    pace->set_rate(rate_bps);
    return connection_->add_lane(*MemorySpool::make(1 << 20), pace, behind);
  }
  static void put(Spool& spool, uint32_t slot, uint32_t number) {
    ASSERT_TRUE(append(spool, {slot, number}, 100));
    spool.publish();
  }
};

TEST_F(LaneTest, APacedTaskDoesNotHoldUpTheOthers) {
  connect();
  Spool* const own = lane(64'000);
  for (uint32_t i = 0; i < 100; ++i) {
    put(*own, 2, i);
    add(i);
  }
  run();
  after(1);
  size_t paced = 0;
  size_t others = 0;
  for (const TestRecord& record : received()) (record.slot == 2 ? paced : others) += 1;
  EXPECT_EQ(others, 100u);
  EXPECT_LT(paced, 10u);
  for (int i = 0; i < 2000; ++i) after(1);
  EXPECT_TRUE(connection_->drained());
  EXPECT_EQ(accounts_[2].hi2.confirmed.get(), 100u);
}

TEST_F(LaneTest, ATasksLaneWaitsForItsEarlierRecordsThatItSharedWithOthers) {
  connect();
  wire_->acknowledges = false;
  for (uint32_t i = 0; i < 10; ++i) add(i);
  Spool* const own = lane(0, true);
  put(*own, 1, 10);
  run();
  after(1);
  EXPECT_EQ(received().size(), 10u);
  wire_->acknowledges = true;
  wire_->unacknowledged = 0;
  add(11);  // of another: the lane does not wait for what came later
  run();
  after(1);
  after(1);
  EXPECT_EQ(received().size(), 2u);
}

TEST_F(LaneTest, ALaneGoesWhenItIsDroppedAndTheOthersGoOn) {
  connect();
  Spool* const first = lane(0);
  Spool* const second = lane(0);
  put(*first, 2, 0);
  put(*second, 3, 0);
  run();
  after(1);
  ASSERT_TRUE(connection_->drained());
  connection_->drop_lane(first);
  run();
  put(*second, 3, 1);
  add(0);
  run();
  after(1);
  EXPECT_TRUE(connection_->drained());
  EXPECT_EQ(accounts_[3].hi2.confirmed.get(), 2u);
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1u);
}

TEST_F(LaneTest, WhatWasSentOfALaneIsSentAgainOnTheNextConnection) {
  connect();
  wire_->acknowledges = false;
  Spool* const own = lane(0);
  put(*own, 2, 0);
  run();
  wire_->broken = absl::UnavailableError("gone");
  connection_->ready(EPOLLIN);
  run();
  after(1000);
  wire_->acknowledges = true;
  connect();
  after(1);
  EXPECT_EQ(received(), (std::vector<TestRecord>{{2, 0}}));
  EXPECT_EQ(connection_->statistics().resent_records, 1u);
}

}  // namespace
}  // namespace lictor
