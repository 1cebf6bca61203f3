// Outbox and Lane where a bound takes records, and where a former process left some.
#include <gtest/gtest.h>

#include <algorithm>

#include "encoders/handover/outbox.h"
#include "encoders/spool/record_ring.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {
namespace {

constexpr size_t kMany = size_t{1} << 20;

// A spool with a bound that the test pulls.
class BoundedSpool final : public Spool {
 public:
  [[nodiscard]] size_t record_bytes_max() const override { return ring_->capacity(); }
  MutableBytes reserve(size_t bytes) override { return ring_->reserve(bytes); }
  void append(const SpoolRecord& record) override { ring_->append(record.entry()); }
  using Spool::append;
  void publish() override { ring_->publish(); }
  [[nodiscard]] Bytes readable() const override { return ring_->readable(); }
  [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const override { return ring_->entry(index); }
  void release_one(RecordFate fate) override {
    ring_->release_one();
    fates.push_back(fate);
    overdue_records -= std::min<uint64_t>(overdue_records, 1);
  }
  [[nodiscard]] Overdue overdue(LegalTime) override {
    return {.records = overdue_records, .reason = overdue_records > 0 ? GivenUp::kBacklogMax : GivenUp::kCount};
  }
  [[nodiscard]] Overdue oldest_part() override {
    return {.records = std::min<uint64_t>(2, backlog_records()), .reason = GivenUp::kBacklogMax};
  }
  void let_off() override { overdue_records = 0; }
  void remove() override { removed = true; }
  [[nodiscard]] uint64_t backlog_records() const override { return ring_->records(); }
  [[nodiscard]] uint64_t backlog_bytes() const override { return ring_->bytes(); }
  [[nodiscard]] uint64_t released_records() const override { return fates.size(); }

  uint64_t overdue_records = 0;
  std::vector<RecordFate> fates;
  bool removed = false;

 protected:
  [[nodiscard]] BufferRoom room() const override { return ring_->room(); }

 private:
  const std::unique_ptr<RecordRing> ring_ = *RecordRing::make(1 << 16);
};

// One lane of a former process, one of this one.
class BoundedOutboxTest : public ::testing::Test {
 protected:
  BoundedOutboxTest() : accounts_(8), revocations_(8) {
    const SideAccounts accounts(accounts_, HandoverSide::kHi3, &nobody_);
    const SideAccounts former(accounts_, HandoverSide::kHi3, &nobody_, NumbersOf::kFormer);
    outbox_ = std::make_unique<Outbox>(
        std::vector<Lane>{Lane(left_, former, revocations_), Lane(live_, accounts, revocations_)}, 1);
  }
  static void add(BoundedSpool& spool, uint32_t slot, uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) append(spool, {slot, first + i}, 100);
    spool.publish();
  }
  void tend() {
    bool busy = false;
    outbox_->tend({}, {}, busy);
  }
  // Sends at most `bytes`; answers the records that are whole by now.
  std::vector<TestRecord> send(size_t bytes = kMany) {
    for (size_t sent = 0; sent < bytes;) {
      Bytes next = outbox_->next(kMany);
      if (next.empty()) break;
      next = next.first(std::min(bytes - sent, next.size()));
      stream_.insert(stream_.end(), next.begin(), next.end());
      outbox_->sent(next.size());
      sent += next.size();
    }
    return take_records(stream_);
  }

  std::vector<TaskAccount> accounts_;
  HandoverTaskAccount nobody_;
  Revocations revocations_;
  BoundedSpool left_;
  BoundedSpool live_;
  std::unique_ptr<Outbox> outbox_;
  std::vector<uint8_t> stream_;
};

TEST_F(BoundedOutboxTest, NumbersOfAFormerProcessAreNotThisOnes) {
  add(left_, 1, 5000, 1);
  add(live_, 1, 0, 1);
  outbox_->let_left_go();
  ASSERT_EQ(send().size(), 2u);
  outbox_->confirm(100);
  EXPECT_EQ(accounts_[1].hi3.confirmed.get(), 1u);
  EXPECT_EQ(accounts_[1].hi3.confirmed_next[0].load(), 0u);
  outbox_->confirm(0);
  EXPECT_EQ(accounts_[1].hi3.confirmed_next[0].load(), 1u);
}

TEST_F(BoundedOutboxTest, NothingGoesBeforeWhatFormerProcessesLeft) {
  add(live_, 1, 2, 2);
  add(left_, 1, 0, 2);
  tend();
  EXPECT_TRUE(send().empty()) << "whose keys are known is not known yet";
  outbox_->let_left_go();
  tend();
  EXPECT_EQ(send(), (std::vector<TestRecord>{{1, 0}, {1, 1}, {1, 2}, {1, 3}}));
  EXPECT_FALSE(left_.removed);
  outbox_->confirm(0);
  tend();
  EXPECT_TRUE(left_.removed);
  EXPECT_EQ(accounts_[1].hi3.confirmed.get(), 4u);
}

TEST_F(BoundedOutboxTest, TheBoundTakesTheOldestAlsoWhileTheyAreOnTheirWay) {
  outbox_->let_left_go();
  tend();
  add(live_, 1, 0, 10);
  EXPECT_EQ(send(300).size(), 3u);
  live_.overdue_records = 5;
  tend();
  EXPECT_EQ(accounts_[1].hi3.unconfirmed.get(), 3u) << "TCP had taken these";
  EXPECT_EQ(accounts_[1].hi3.given_up.get(GivenUp::kBacklogMax), 2u);
  EXPECT_EQ(send().front(), (TestRecord{1, 5}));
  outbox_->confirm(500);  // the three that were on their way
  EXPECT_EQ(accounts_[1].hi3.confirmed.get(), 0u);
  outbox_->confirm(0);
  EXPECT_EQ(accounts_[1].hi3.confirmed.get(), 5u);
  EXPECT_EQ(live_.fates.size(), 10u);
}

TEST_F(BoundedOutboxTest, TheRestOfARecordThatIsGivenUpInTheMiddleGoesOutBeforeTheNext) {
  outbox_->let_left_go();
  tend();
  add(live_, 1, 0, 5);
  EXPECT_EQ(send(150), (std::vector<TestRecord>{{1, 0}}));
  live_.overdue_records = 3;
  tend();
  EXPECT_EQ(live_.fates.size(), 3u);
  EXPECT_EQ(accounts_[1].hi3.unconfirmed.get(), 2u) << "the first, and the one that is under way";
  EXPECT_EQ(accounts_[1].hi3.given_up.get(GivenUp::kBacklogMax), 1u);
  EXPECT_FALSE(outbox_->between_records()) << "no keepalive may go here";
  EXPECT_EQ(send(20), (std::vector<TestRecord>{}));
  EXPECT_FALSE(outbox_->between_records());
  EXPECT_EQ(send(), (std::vector<TestRecord>{{1, 1}, {1, 3}, {1, 4}}));
  outbox_->confirm(0);
  EXPECT_EQ(accounts_[1].hi3.confirmed.get(), 2u) << "what was given up is not confirmed as well";
  EXPECT_EQ(live_.fates.size(), 5u);
}

TEST_F(BoundedOutboxTest, TheRestOfARecordThatWasGivenUpIsNotForTheNextConnection) {
  outbox_->let_left_go();
  tend();
  add(live_, 1, 0, 4);
  send(150);
  live_.overdue_records = 2;
  tend();
  outbox_->rewind();
  stream_.clear();
  EXPECT_EQ(send(), (std::vector<TestRecord>{{1, 2}, {1, 3}}));
}

TEST_F(BoundedOutboxTest, WhatAFormerProcessLeftGivesRoomFirst) {
  outbox_->let_left_go();
  add(left_, 1, 0, 5);
  add(live_, 1, 5, 5);
  live_.overdue_records = 4;
  tend();
  EXPECT_EQ(left_.fates.size(), 2u);
  EXPECT_EQ(live_.fates.size(), 0u);
  EXPECT_EQ(accounts_[1].hi3.given_up.get(GivenUp::kBacklogMax), 2u);
}

// What was to go first is small and counts in nobody's bound: to give it up would give no room.
TEST_F(BoundedOutboxTest, WhatAFormerProcessLeftToGoFirstIsNotGivenUpForRoom) {
  const SideAccounts accounts(accounts_, HandoverSide::kHi3, &nobody_);
  BoundedSpool express;
  std::vector<Lane> lanes;
  for (BoundedSpool* const spool : {&express, &left_, &live_}) lanes.emplace_back(*spool, accounts, revocations_);
  outbox_ = std::make_unique<Outbox>(std::move(lanes), 2, std::vector<std::vector<Xid>>{}, 0, 1);
  outbox_->let_left_go();
  add(express, 1, 0, 2);
  add(left_, 1, 0, 2);
  add(live_, 1, 2, 5);
  for (int round = 0; round < 2; ++round) {
    live_.overdue_records = 1;
    tend();
  }
  EXPECT_EQ(left_.fates.size(), 2u);
  EXPECT_EQ(live_.fates.size(), 1u);
  EXPECT_TRUE(express.fates.empty());
}

}  // namespace
}  // namespace lictor
