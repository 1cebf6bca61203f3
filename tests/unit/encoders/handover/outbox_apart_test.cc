// What former processes left of one task alone: at the task's pace, and nobody but the task waits for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "encoders/handover/outbox.h"
#include "encoders/spool/memory_spool.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {
namespace {

constexpr size_t kMany = 1 << 20;

// Two lanes of a former process, the first with records of task 1 alone, the second with some of others too; one that
// is everybody's now, and one of task 1.
class ApartOutboxTest : public ::testing::Test {
 protected:
  ApartOutboxTest() : accounts_(8), revocations_(8) {
    const SideAccounts accounts(accounts_, HandoverSide::kHi3);
    for (auto& spool : spools_) spool = *MemorySpool::make(1 << 20);
    std::vector<Lane> lanes;
    for (size_t i = 0; i < 3; ++i) lanes.emplace_back(*spools_[i], accounts, revocations_);
    outbox_ = std::make_unique<Outbox>(std::move(lanes), 2, std::vector<std::vector<Xid>>{{one_}, {one_, two_}});
    outbox_->let_left_go();
    outbox_->add(Lane(*spools_[kOwn], accounts, revocations_, pace_), false, one_);
    pace_->set_rate(800'000);  // 100 octets a millisecond
  }
  void add(size_t lane, uint32_t slot, uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) ASSERT_TRUE(append(*spools_[lane], {slot, first + i}, 100));
    spools_[lane]->publish();
  }
  // What goes within the next millisecond.
  std::vector<TestRecord> send() {
    now_.ns += 1'000'000;
    bool busy = false;
    outbox_->tend(now_, {}, busy);
    for (Bytes next = outbox_->next(kMany); !next.empty(); next = outbox_->next(kMany)) {
      stream_.insert(stream_.end(), next.begin(), next.end());
      outbox_->sent(next.size());
    }
    return take_records(stream_);
  }

  enum : size_t { kAlone, kMixed, kShared, kOwn, kLanes };
  const Xid one_{.octets = {1}};
  const Xid two_{.octets = {2}};
  std::vector<TaskAccount> accounts_;
  Revocations revocations_;
  std::array<std::unique_ptr<Spool>, kLanes> spools_;
  std::shared_ptr<TokenBucket> pace_ = std::make_shared<TokenBucket>();
  std::unique_ptr<Outbox> outbox_;
  std::vector<uint8_t> stream_;
  SocketTime now_{kNanosecondsPerSecond};
};

TEST_F(ApartOutboxTest, WhatWasLeftOfATaskAloneGoesAtItsPaceAndOnlyTheTaskWaitsForIt) {
  outbox_->set_apart(one_, pace_);
  add(kAlone, 1, 0, 200);
  add(kShared, 2, 0, 10);
  add(kOwn, 1, 200, 5);
  std::vector<TestRecord> first = send();
  EXPECT_EQ(std::ranges::count(first, 2u, &TestRecord::slot), 10);
  EXPECT_LE(first.size(), 10u + 51) << "a burst";
  std::vector<TestRecord> all = first;
  for (int ms = 0; ms < 100; ++ms) {
    const std::vector<TestRecord> more = send();
    EXPECT_LE(more.size(), 2u);
    all.insert(all.end(), more.begin(), more.end());
  }
  EXPECT_LE(all.size(), 10u + 51 + 101);
  for (int ms = 0; ms < 200; ++ms) {
    for (const TestRecord& record : send()) all.push_back(record);
  }
  std::erase_if(all, [](const TestRecord& record) { return record.slot == 2; });
  ASSERT_EQ(all.size(), 205u);
  for (uint32_t i = 0; i < 205; ++i) EXPECT_EQ(all[i], (TestRecord{1, i}));
}

TEST_F(ApartOutboxTest, WhatWasLeftOfOthersTooGoesBeforeEverything) {
  outbox_->set_apart(one_, pace_);
  add(kAlone, 1, 0, 200);
  add(kMixed, 2, 0, 1);
  add(kMixed, 1, 200, 1);
  add(kShared, 2, 1, 1);
  add(kOwn, 1, 201, 1);
  std::vector<TestRecord> all;
  for (int ms = 0; ms < 300; ++ms) {
    for (const TestRecord& record : send()) all.push_back(record);
  }
  ASSERT_EQ(all.size(), 204u);
  for (uint32_t i = 0; i < 200; ++i) EXPECT_EQ(all[i], (TestRecord{1, i}));
  EXPECT_EQ(all[200], (TestRecord{2, 0}));
  EXPECT_EQ(all[201], (TestRecord{1, 200}));
  EXPECT_EQ(std::count(all.begin() + 202, all.end(), TestRecord{2, 1}), 1);
  EXPECT_EQ(std::count(all.begin() + 202, all.end(), TestRecord{1, 201}), 1);
}

TEST_F(ApartOutboxTest, WithoutThatWhatWasLeftGoesBeforeEverything) {
  add(kAlone, 1, 0, 200);
  add(kShared, 2, 0, 1);
  const std::vector<TestRecord> all = send();
  ASSERT_EQ(all.size(), 201u);
  EXPECT_EQ(all.back(), (TestRecord{2, 0}));
}

TEST_F(ApartOutboxTest, AfterALossTheOldOnesOfTheTaskGoFirstAgain) {
  outbox_->set_apart(one_, pace_);
  pace_->set_rate(0);
  add(kAlone, 1, 0, 3);
  add(kOwn, 1, 3, 1);
  EXPECT_EQ(send().size(), 4u);
  outbox_->rewind();
  EXPECT_EQ(send(), (std::vector<TestRecord>{{1, 0}, {1, 1}, {1, 2}, {1, 3}}));
}

}  // namespace
}  // namespace lictor
