// Outbox and Lane: what is sent next, what is confirmed, sent again, skipped and given up. The socket is a vector here.
#include "encoders/handover/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "encoders/spool/memory_spool.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {
namespace {

constexpr size_t kMany = size_t{1} << 20;

class OutboxTest : public ::testing::Test {
 protected:
  explicit OutboxTest(size_t lanes = 2) : accounts_(8), revocations_(8) {
    std::vector<Lane> made;
    for (size_t i = 0; i < lanes; ++i) {
      spools_.push_back(*MemorySpool::make(1 << 16));
      made.emplace_back(*spools_.back(), SideAccounts(accounts_, HandoverSide::kHi3), revocations_);
    }
    outbox_ = std::make_unique<Outbox>(std::move(made));
  }

  void add(size_t lane, TestRecord record, size_t bytes) {
    ASSERT_TRUE(append(*spools_[lane], record, bytes));
    spools_[lane]->publish();
  }
  // Sends at most `bytes` of what comes next.
  size_t send(size_t bytes) {
    Bytes next = outbox_->next(kMany);
    next = next.first(std::min(bytes, next.size()));
    stream_.insert(stream_.end(), next.begin(), next.end());
    if (!next.empty()) outbox_->sent(next.size());
    return next.size();
  }
  void send_all() {
    while (send(kMany) > 0) {
    }
  }
  const HandoverTaskAccount& account(uint32_t slot) const { return accounts_[slot].hi3; }

  std::vector<TaskAccount> accounts_;
  Revocations revocations_;
  std::vector<std::unique_ptr<Spool>> spools_;
  std::unique_ptr<Outbox> outbox_;
  std::vector<uint8_t> stream_;
};

TEST_F(OutboxTest, GathersContiguousRecordsOfOneSpool) {
  for (uint32_t i = 0; i < 10; ++i) add(0, {1, i}, 100);
  EXPECT_EQ(outbox_->next(kMany).size(), 1000u);
  EXPECT_EQ(outbox_->next(350).size(), 300u);
  EXPECT_EQ(outbox_->next(1).size(), 100u);  // one record at least
}

TEST_F(OutboxTest, ChangesTheSpoolOnlyBehindAWholeRecord) {
  for (uint32_t i = 0; i < 20; ++i) {
    add(0, {1, i}, 50 + i);
    add(1, {2, i}, 90 - i);
  }
  while (send(7) > 0) {
  }
  const std::vector<TestRecord> records = take_records(stream_);
  EXPECT_TRUE(stream_.empty());
  ASSERT_EQ(records.size(), 40u);
  for (const uint32_t slot : {1u, 2u}) {
    uint32_t next = 0;
    for (const TestRecord& record : records) {
      if (record.slot == slot) {
        EXPECT_EQ(record.number, next++);
      }
    }
  }
}

TEST_F(OutboxTest, ConfirmsARecordWhenItsLastOctetIsAcknowledged) {
  add(0, {1, 0}, 100);
  add(0, {1, 1}, 100);
  send_all();
  EXPECT_EQ(outbox_->in_flight(), 200u);
  EXPECT_EQ(outbox_->confirm(101), 99u);
  EXPECT_EQ(account(1).confirmed.get(), 0u);
  EXPECT_EQ(outbox_->confirm(100), 1u);
  EXPECT_EQ(account(1).confirmed.get(), 1u);
  EXPECT_EQ(spools_[0]->backlog_records(), 1u);
  EXPECT_EQ(outbox_->confirm(0), 100u);
  EXPECT_EQ(account(1).confirmed.get(), 2u);
  EXPECT_EQ(spools_[0]->backlog_records(), 0u);
}

TEST_F(OutboxTest, TellsUpToWhichNumberEachSeriesOfATaskIsConfirmed) {
  const auto numbered = [&](uint32_t slot, uint8_t series, uint32_t number) {
    ASSERT_FALSE(spools_[0]->reserve(50).empty());
    spools_[0]->append({.slot = TaskSlot{slot}, .bytes = 50, .series = series, .number = number});
    spools_[0]->publish();
  };
  numbered(2, 1, UINT32_MAX - 1);
  send_all();
  outbox_->confirm(0);
  numbered(1, 0, 7);
  numbered(1, 1, 20);
  numbered(1, 1, 22);
  numbered(2, 1, UINT32_MAX);
  numbered(2, 2, UINT32_MAX);
  numbered(1, 0, 8);
  send_all();
  outbox_->confirm(50);
  EXPECT_EQ(account(1).confirmed_next[0].load(), 8u) << "the last one is on its way";
  EXPECT_EQ(account(1).confirmed_next[1].load(), 23u);
  EXPECT_EQ(account(2).confirmed_next[1].load(), uint64_t{UINT32_MAX} + 1);
  EXPECT_EQ(account(2).confirmed_next[0].load(), 0u) << "none was";
  EXPECT_EQ(account(2).confirmed_next[2].load(), 0u) << "what has no number there was the first";
  EXPECT_EQ(account(1).confirmed.get(), 3u);
  EXPECT_EQ(outbox_->confirmed_records(), 6u);
  outbox_->confirm(0);
  EXPECT_EQ(account(1).confirmed_next[0].load(), 9u);
  clear(accounts_[1]);
  EXPECT_EQ(account(1).confirmed_next[1].load(), 0u) << "the slot is another task's";
}

TEST_F(OutboxTest, MapsAcknowledgementsOverSpoolsAndKeepalivesInTheOrderSent) {
  add(0, {1, 0}, 100);
  add(1, {2, 0}, 60);
  ASSERT_EQ(send(kMany), 60u);  // the second spool's turn comes first
  outbox_->sent_other(40);
  ASSERT_EQ(send(kMany), 100u);
  outbox_->confirm(140);
  EXPECT_EQ(account(2).confirmed.get(), 1u);
  outbox_->confirm(1);
  EXPECT_EQ(account(1).confirmed.get(), 0u);
  outbox_->confirm(0);
  EXPECT_EQ(account(1).confirmed.get(), 1u);
}

TEST_F(OutboxTest, ATransportThatCountsMoreThanWasSentConfirmsNothing) {
  add(0, {1, 0}, 100);
  send_all();
  EXPECT_EQ(outbox_->confirm(130), 0u);
  EXPECT_EQ(outbox_->in_flight(), 100u);
}

TEST_F(OutboxTest, SendsEverythingUnconfirmedAgainFromARecordsStart) {
  for (uint32_t i = 0; i < 5; ++i) add(0, {1, i}, 100);
  ASSERT_EQ(send(350), 350u);
  outbox_->confirm(350 - 150);
  EXPECT_EQ(account(1).confirmed.get(), 1u);
  stream_.clear();
  outbox_->rewind();
  EXPECT_EQ(outbox_->in_flight(), 0u);
  send_all();
  EXPECT_EQ(take_records(stream_), (std::vector<TestRecord>{{1, 1}, {1, 2}, {1, 3}, {1, 4}}));
  EXPECT_EQ(outbox_->resent_records(), 2u);     // the fourth was never whole
  outbox_->confirm(outbox_->in_flight() - 60);  // what the last connection confirmed of a record does not count
  EXPECT_EQ(account(1).confirmed.get(), 1u);
  outbox_->confirm(0);
  EXPECT_EQ(account(1).confirmed.get(), 5u);
}

TEST_F(OutboxTest, SkipsUnsentRecordsOfARevokedTaskAndFinishesTheOneThatWasBegun) {
  for (uint32_t i = 0; i < 4; ++i) {
    add(0, {1, i}, 100);
    add(0, {2, i}, 100);
  }
  ASSERT_EQ(send(30), 30u);
  revocations_.revoke(TaskSlot{1});
  send_all();
  EXPECT_EQ(take_records(stream_), (std::vector<TestRecord>{{1, 0}, {2, 0}, {2, 1}, {2, 2}, {2, 3}}));
  EXPECT_EQ(account(1).given_up.get(GivenUp::kRevoked), 3u);
  outbox_->confirm(0);
  EXPECT_EQ(account(1).confirmed.get(), 1u);
  EXPECT_EQ(account(2).confirmed.get(), 4u);
  EXPECT_EQ(spools_[0]->backlog_records(), 0u);
}

TEST_F(OutboxTest, ARevocationPurgesABacklogThatNobodyTakes) {
  for (uint32_t i = 0; i < 10; ++i) add(0, {1 + i % 2, i}, 100);
  revocations_.revoke(TaskSlot{2});
  EXPECT_TRUE(outbox_->purge(3));
  EXPECT_EQ(account(2).given_up.total(), 1u);
  while (outbox_->purge(3)) {
  }
  EXPECT_EQ(account(2).given_up.get(GivenUp::kRevoked), 5u);
  add(0, {2, 10}, 100);  // was under way in the encoder
  EXPECT_TRUE(outbox_->purge(3));
  EXPECT_EQ(account(2).given_up.get(GivenUp::kRevoked), 6u);
  revocations_.admit(TaskSlot{2});  // the slot's next task; what was skipped stays skipped
  add(0, {2, 11}, 100);
  send_all();
  outbox_->confirm(0);
  EXPECT_EQ(account(1).confirmed.get(), 5u);
  EXPECT_EQ(account(2).confirmed.get(), 1u);
  EXPECT_EQ(spools_[0]->backlog_records(), 0u);
}

TEST_F(OutboxTest, ARecordThatTcpTookIsUnconfirmedAndNotGivenUpWhenItsTaskIsRevoked) {
  for (uint32_t i = 0; i < 3; ++i) add(0, {1, i}, 100);
  ASSERT_EQ(send(250), 250u);
  outbox_->rewind();
  revocations_.revoke(TaskSlot{1});
  outbox_->purge(100);
  EXPECT_EQ(account(1).unconfirmed.get(), 2u);
  EXPECT_EQ(account(1).given_up.get(GivenUp::kRevoked), 1u);
  EXPECT_EQ(spools_[0]->backlog_records(), 0u);
  EXPECT_TRUE(outbox_->next(kMany).empty());
}

TEST_F(OutboxTest, AtTheEndWhatTcpTookIsUnconfirmedAndTheRestGivenUp) {
  for (uint32_t i = 0; i < 6; ++i) add(0, {1, i}, 100);
  add(1, {2, 0}, 100);
  ASSERT_EQ(send(100), 100u);  // the second spool's
  ASSERT_EQ(send(320), 320u);
  outbox_->confirm(320 - 150);
  outbox_->give_up();
  EXPECT_EQ(account(2).confirmed.get(), 1u);
  EXPECT_EQ(account(1).confirmed.get(), 1u);
  EXPECT_EQ(account(1).unconfirmed.get(), 2u);
  EXPECT_EQ(account(1).given_up.get(GivenUp::kShutdown), 3u);
  EXPECT_EQ(spools_[0]->backlog_records() + spools_[1]->backlog_records(), 0u);
}

// Any order of sends, confirmations, losses and revocations: the sums hold, order holds, nothing unconfirmed is
// missing.
TEST_F(OutboxTest, SumsHoldWhateverHappens) {
  std::minstd_rand random(7);
  const auto below = [&random](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  std::vector<uint64_t> appended(8);
  std::vector<uint64_t> octets(8);
  std::vector<uint32_t> next(8);
  for (int step = 0; step < 20'000; ++step) {
    const uint32_t what = below(100);
    if (what < 50) {
      const uint32_t slot = below(8);
      const size_t lane = slot % 2;  // a task belongs to one encoder
      const size_t bytes = 20 + below(300);
      if (append(*spools_[lane], {slot, next[slot]}, bytes)) {
        ++next[slot];
        octets[slot] += bytes;
        ++appended[slot];
      }
      spools_[lane]->publish();
    } else if (what < 75) {
      send(below(2000));
    } else if (what < 95) {
      outbox_->confirm(below(static_cast<uint32_t>(outbox_->in_flight()) + 1));
    } else if (what < 97) {
      outbox_->rewind();
      stream_.clear();
    } else if (what < 98 && step % 5 == 0) {
      revocations_.revoke(TaskSlot{below(3)});
    } else {
      outbox_->purge(below(50));
    }
    if (stream_.size() > (1u << 16)) take_records(stream_);
  }
  outbox_->give_up();
  for (uint32_t slot = 0; slot < 8; ++slot) {
    EXPECT_EQ(appended[slot], settled(account(slot))) << slot;
    EXPECT_EQ(octets[slot], account(slot).gone_octets.get()) << slot << ": each once, however often it was sent";
  }
  EXPECT_EQ(spools_[0]->backlog_records() + spools_[1]->backlog_records(), 0u);
}

}  // namespace
}  // namespace lictor
