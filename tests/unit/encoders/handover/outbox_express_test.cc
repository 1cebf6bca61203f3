// Outbox: express lanes go before all others, and nothing goes before what is in one of them when it came.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "encoders/handover/outbox.h"
#include "encoders/spool/memory_spool.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {
namespace {

constexpr size_t kMany = size_t{1} << 20;

// What a former process left, and for two encoder lcores an express lane and a shared one each.
class ExpressOutboxTest : public testing::Test {
 protected:
  ExpressOutboxTest() : accounts_(8), revocations_(8) {
    const SideAccounts accounts(accounts_, HandoverSide::kHi2);
    std::vector<Lane> lanes;
    for (auto& spool : spools_) {
      spool = *MemorySpool::make(1 << 20);
      lanes.emplace_back(*spool, accounts, revocations_);
    }
    outbox_ = std::make_unique<Outbox>(std::move(lanes), 1, std::vector<std::vector<Xid>>{{Xid{}}}, 2);
  }
  enum : size_t { kLeft, kExpress, kOtherExpress, kShared, kOther, kLanes };

  void add(size_t lane, TestRecord record, size_t bytes = 100) {
    ASSERT_TRUE(append(*spools_[lane], record, bytes));
    spools_[lane]->publish();
  }
  void add(size_t lane, uint32_t slot, uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) add(lane, {slot, first + i});
  }
  size_t send(size_t bytes = kMany, size_t offered = kMany) {
    Bytes next = outbox_->next(offered);
    next = next.first(std::min(bytes, next.size()));
    stream_.insert(stream_.end(), next.begin(), next.end());
    if (!next.empty()) outbox_->sent(next.size());
    return next.size();
  }
  std::vector<TestRecord> send_all() {
    while (send() > 0) {
    }
    return take_records(stream_);
  }
  void tend() {
    bool busy = false;
    outbox_->tend({}, {}, busy);
  }

  std::vector<TaskAccount> accounts_;
  Revocations revocations_;
  std::array<std::unique_ptr<Spool>, kLanes> spools_;
  std::unique_ptr<Outbox> outbox_;
  std::vector<uint8_t> stream_;
};

TEST_F(ExpressOutboxTest, GoesBeforeABacklog) {
  outbox_->let_left_go();
  add(kShared, 1, 0, 1000);
  add(kOther, 2, 0, 1000);
  ASSERT_EQ(send(kMany, 500), 500u);
  add(kOtherExpress, 3, 0, 2);
  add(kExpress, 4, 0, 1);
  const std::vector<TestRecord> all = send_all();
  ASSERT_EQ(all.size(), 2003u);
  const std::vector<TestRecord> first(all.begin() + 5, all.begin() + 8);
  EXPECT_TRUE(std::ranges::all_of(first, [](const TestRecord& record) { return record.slot >= 3; }));
  outbox_->confirm(0);
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1000u);
  EXPECT_EQ(accounts_[3].hi2.confirmed.get(), 2u);
}

// A slow peer stops inside of a record each time, and the turn goes on: not past what goes first.
TEST_F(ExpressOutboxTest, EndsTheTurnOfAnotherWithTheRecordThatWasBegun) {
  outbox_->let_left_go();
  add(kShared, 1, 0, 100);
  ASSERT_EQ(send(150), 150u);
  add(kExpress, 3, 0, 1);
  EXPECT_EQ(send(), 50u) << "the rest of the record";
  EXPECT_EQ(send(), 100u);
  EXPECT_EQ(take_records(stream_), (std::vector<TestRecord>{{1, 0}, {1, 1}, {3, 0}}));
}

TEST_F(ExpressOutboxTest, ConfirmsInTheOrderSent) {
  outbox_->let_left_go();
  add(kShared, 1, 0, 2);
  ASSERT_EQ(send(kMany, 100), 100u);
  add(kExpress, {3, 0}, 60);
  ASSERT_EQ(send(), 60u);
  outbox_->sent_other(40);
  ASSERT_EQ(send(), 100u);
  outbox_->confirm(200);
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1u);
  EXPECT_EQ(accounts_[3].hi2.confirmed.get(), 0u);
  outbox_->confirm(140);
  EXPECT_EQ(accounts_[3].hi2.confirmed.get(), 1u);
  outbox_->confirm(1);
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1u);
  outbox_->confirm(0);
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 2u);
}

// It is of tasks that left nothing: neither what is left keeps it waiting, nor whose keys are not known yet.
TEST_F(ExpressOutboxTest, GoesBeforeWhatAFormerProcessLeft) {
  add(kLeft, 1, 0, 100);
  add(kShared, 2, 0, 1);
  add(kExpress, 3, 0, 1);
  EXPECT_EQ(send_all(), (std::vector<TestRecord>{{3, 0}}));
  outbox_->let_left_go();
  tend();
  ASSERT_EQ(send(kMany, 1000), 1000u);
  take_records(stream_);
  add(kExpress, 3, 1, 1);
  const std::vector<TestRecord> rest = send_all();
  ASSERT_EQ(rest.size(), 92u);
  EXPECT_EQ(rest.front(), (TestRecord{3, 1}));
  EXPECT_EQ(rest.back(), (TestRecord{2, 0}));
}

// On the disk a record counts before it can be read: what came behind it does not pass it meanwhile.
TEST_F(ExpressOutboxTest, WhatCannotBeReadYetIsNotPassedByWhatCameBehindIt) {
  class Late final : public Spool {
   public:
    [[nodiscard]] size_t record_bytes_max() const override { return own_->record_bytes_max(); }
    MutableBytes reserve(size_t bytes) override { return own_->reserve(bytes); }
    void append(const SpoolRecord& record) override { own_->append(record); }
    using Spool::append;
    void publish() override { own_->publish(); }
    [[nodiscard]] Bytes readable() const override { return own_->readable(); }
    [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const override {
      return is_there ? own_->entry(index) : std::nullopt;
    }
    void release_one(RecordFate fate) override { own_->release_one(fate); }
    [[nodiscard]] uint64_t backlog_records() const override { return own_->backlog_records(); }
    [[nodiscard]] uint64_t backlog_bytes() const override { return own_->backlog_bytes(); }
    [[nodiscard]] uint64_t released_records() const override { return own_->released_records(); }
    [[nodiscard]] BufferRoom room() const override { return {}; }

    bool is_there = true;

   private:
    std::unique_ptr<Spool> own_ = *MemorySpool::make(1 << 16);
  };
  Late express;
  const SideAccounts accounts(accounts_, HandoverSide::kHi2);
  std::vector<Lane> lanes;
  lanes.emplace_back(express, accounts, revocations_);
  lanes.emplace_back(*spools_[kShared], accounts, revocations_);
  outbox_ = std::make_unique<Outbox>(std::move(lanes), 0, std::vector<std::vector<Xid>>{}, 1);
  add(kShared, 1, 0, 2);
  ASSERT_EQ(send(kMany, 100), 100u);
  express.is_there = false;
  ASSERT_TRUE(append(express, {3, 0}, 100));
  express.publish();
  add(kShared, 3, 1, 1);
  EXPECT_EQ(send_all(), (std::vector<TestRecord>{{1, 0}, {1, 1}})) << "these were there before";
  express.is_there = true;
  EXPECT_EQ(send_all(), (std::vector<TestRecord>{{3, 0}, {3, 1}}));
  outbox_->rewind();
  express.is_there = false;
  EXPECT_TRUE(send_all().empty()) << "a new connection begins with it, too";
  express.is_there = true;
  EXPECT_EQ(send_all().front(), (TestRecord{3, 0}));
}

// A task's own lane comes and goes while express ones have their turn: the others' turns go on behind the last one.
TEST_F(ExpressOutboxTest, WhereALaneOfOneTaskGoesTheOthersKeepTheirTurns) {
  outbox_->let_left_go();
  const SideAccounts accounts(accounts_, HandoverSide::kHi2);
  const auto mine = *MemorySpool::make(1 << 20);
  const auto gone = *MemorySpool::make(1 << 20);
  outbox_->add(Lane(*mine, accounts, revocations_), false);
  const Lane* const lane = outbox_->add(Lane(*gone, accounts, revocations_), false);
  add(kShared, 1, 0, 2);
  add(kOther, 2, 0, 2);
  for (uint32_t i = 0; i < 2; ++i) ASSERT_TRUE(append(*mine, {4, i}, 100));
  mine->publish();
  for (int turn = 0; turn < 3; ++turn) ASSERT_EQ(send(kMany, 100), 100u);
  ASSERT_EQ(take_records(stream_), (std::vector<TestRecord>{{1, 0}, {2, 0}, {4, 0}}));
  add(kExpress, 3, 0, 1);
  ASSERT_EQ(send(kMany, 100), 100u);
  outbox_->remove(lane);
  EXPECT_EQ(send(kMany, 100), 100u);
  EXPECT_EQ(take_records(stream_), (std::vector<TestRecord>{{3, 0}, {1, 1}}));
}

TEST_F(ExpressOutboxTest, GoesFirstAgainInANewConnection) {
  outbox_->let_left_go();
  add(kExpress, 3, 0, 1);
  add(kShared, 1, 0, 3);
  ASSERT_EQ(send_all().size(), 4u);
  add(kExpress, 3, 1, 1);
  outbox_->rewind();
  EXPECT_EQ(send_all(), (std::vector<TestRecord>{{3, 0}, {3, 1}, {1, 0}, {1, 1}, {1, 2}}));
}

TEST_F(ExpressOutboxTest, WhatIsRevokedKeepsNobodyWaiting) {
  outbox_->let_left_go();
  add(kShared, 1, 0, 2);
  add(kExpress, 3, 0, 2);
  revocations_.revoke(TaskSlot{3});
  EXPECT_EQ(send_all(), (std::vector<TestRecord>{{1, 0}, {1, 1}}));
  EXPECT_EQ(accounts_[3].hi2.given_up.get(GivenUp::kRevoked), 2u);
}

// Whatever is sent, confirmed, lost and begun anew: of each task its beginning comes first, its end last, on every
// connection, its other records in their order, and the sums hold.
TEST_F(ExpressOutboxTest, BeginningBeforeAndEndBehindItsRecordsWhateverHappens) {
  outbox_->let_left_go();
  std::minstd_rand random(11);
  const auto below = [&random](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  // A task's slot is its express records' slot plus four. Number n of its HI1 is said before IRI 8 n.
  std::array<uint32_t, 4> hi1{};
  std::array<uint32_t, 4> iri{};
  std::array<uint32_t, 8> seen{};  // the next number, in this connection; 0: none yet
  const auto check = [&] {
    for (const TestRecord& record : take_records(stream_)) {
      if (seen[record.slot] != 0) {
        ASSERT_EQ(record.number, seen[record.slot]) << record.slot;
      }
      seen[record.slot] = record.number + 1;
      if (record.slot >= 4) continue;
      // Either in this connection or, confirmed, in an earlier one.
      const uint64_t there = std::max<uint64_t>(seen[record.slot + 4], accounts_[record.slot + 4].hi2.confirmed.get());
      ASSERT_GT(there, record.number / 8) << "of task " << record.slot;
    }
  };
  for (int step = 0; step < 20'000 && !HasFatalFailure(); ++step) {
    const uint32_t what = below(100);
    const uint32_t task = below(4);
    if (what < 50) {
      if (spools_[kShared]->backlog_bytes() + spools_[kOther]->backlog_bytes() > 500'000) continue;
      if (iri[task] % 8 == 0) add(kExpress + task % 2, {task + 4, hi1[task]++}, 30 + below(200));
      add(kShared + task % 2, {task, iri[task]++}, 30 + below(300));
    } else if (what < 80) {
      send(below(3000), 1 + below(5000));
    } else if (what < 95) {
      outbox_->confirm(below(static_cast<uint32_t>(outbox_->in_flight()) + 1));
    } else if (what < 96) {
      check();
      outbox_->rewind();
      stream_.clear();
      seen = {};
    }
    if (stream_.size() > (1u << 16)) check();
  }
  while (send() > 0) {
  }
  check();
  outbox_->confirm(0);
  for (uint32_t task = 0; task < 4; ++task) {
    EXPECT_EQ(accounts_[task].hi2.confirmed.get(), iri[task]);
    EXPECT_EQ(accounts_[task + 4].hi2.confirmed.get(), hi1[task]);
  }
}

}  // namespace
}  // namespace lictor
