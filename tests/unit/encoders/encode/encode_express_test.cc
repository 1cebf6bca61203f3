// EncodeLoop: which records of HI2 go past those that wait for the agency, and which stay behind them.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/encoders/encode/encode_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;

class EncodeExpress : public testing::Test {
 protected:
  std::unique_ptr<EncodeTask> task(uint32_t slot, int64_t start = 100, int64_t stop = 900) {
    auto made = rig_.task(slot, start, stop);
    made->express.spool = express_.get();
    return made;
  }
  Lines first() { return EncodeRig::drain(*express_); }
  Lines behind() { return EncodeRig::drain(*rig_.hi2); }
  bool is_told(const std::string& code) { return told(code) > 0; }
  // How often, since the last time.
  size_t told(const std::string& code, bool cleared = false) {
    const std::deque<AlarmEvent> alarms = rig_.alarms.take_all();
    return static_cast<size_t>(std::ranges::count_if(
        alarms, [&](const AlarmEvent& alarm) { return alarm.code == code && alarm.cleared == cleared; }));
  }
  // Leaves no room for an event.
  static void fill(Spool& spool) {
    const MutableBytes filler = spool.reserve(60'000);
    ASSERT_FALSE(filler.empty());
    std::ranges::fill(filler, uint8_t{' '});
    spool.append(TaskSlot{9}, 60'000);
    spool.publish();
  }

  EncodeRig rig_;
  std::unique_ptr<Spool> express_ = *MemorySpool::make(1 << 16);
};

TEST_F(EncodeExpress, BeginningsChangesAlarmsAndMessagesGoFirstAndTheEndStaysBehindTheLastRecord) {
  rig_.command(Kind::kAdd, task(1));
  rig_.at(100);
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.command(Kind::kNote, 1, "maintenance");
  rig_.at(200);
  rig_.command(Kind::kReplace, task(1));
  rig_.at(300);
  rig_.command(Kind::kEnd, 1);
  rig_.at(400);
  rig_.at(401);
  EXPECT_EQ(rig_.state(1), TaskState::kEnded);
  EXPECT_EQ(first(), (Lines{"HI1 0 activated@100", "HI1 1 alarm@200 port down", "IRI 0 note@200 maintenance",
                            "HI1 2 modified@300"}));
  EXPECT_EQ(behind(), (Lines{"IRI 0 begin@100", "IRI 1 end@401", "HI1 3 deactivated@401"}));
  rig_.expect_balanced(1);
}

// Whoever sees the second of two spools has seen the first: nothing of a task is in one before its beginning is shown.
TEST_F(EncodeExpress, IsShownBeforeAnythingIsAppendedBehindIt) {
  class Watched final : public Spool {
   public:
    explicit Watched(const Spool& other) : other_(other), own_(*MemorySpool::make(1 << 16)) {}
    [[nodiscard]] size_t record_bytes_max() const override { return own_->record_bytes_max(); }
    MutableBytes reserve(size_t bytes) override { return own_->reserve(bytes); }
    void append(const SpoolRecord& record) override {
      if (backlogs_.empty()) backlogs_.push_back(other_.backlog_records());
      own_->append(record);
    }
    void publish() override { own_->publish(); }
    [[nodiscard]] Bytes readable() const override { return own_->readable(); }
    [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const override { return own_->entry(index); }
    void release_one(RecordFate fate) override { own_->release_one(fate); }
    [[nodiscard]] uint64_t backlog_records() const override { return own_->backlog_records(); }
    [[nodiscard]] uint64_t backlog_bytes() const override { return own_->backlog_bytes(); }
    [[nodiscard]] uint64_t released_records() const override { return own_->released_records(); }
    [[nodiscard]] BufferRoom room() const override { return {}; }
    [[nodiscard]] const std::vector<uint64_t>& backlogs() const { return backlogs_; }

   private:
    const Spool& other_;
    std::vector<uint64_t> backlogs_;  // of the other one, when the first record came
    std::unique_ptr<Spool> own_;
  };
  Watched hi2(*express_);
  auto made = task(1);
  made->hi2 = &hi2;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  EXPECT_EQ(hi2.backlogs(), std::vector<uint64_t>{1});
}

TEST_F(EncodeExpress, BehindAnEndOfItsSeriesItWaitsUntilThatIsDelivered) {
  rig_.command(Kind::kAdd, task(1, 100, 200));
  rig_.at(100);
  rig_.command(Kind::kReplace, task(1, 100, 200));  // the same window: it will be over, then be opened anew
  rig_.at(150);
  EXPECT_EQ(first().size(), 2u);
  rig_.at(200);
  rig_.command(Kind::kReplace, task(1, 300, 900));
  rig_.at(210);
  rig_.at(300);
  EXPECT_TRUE(first().empty()) << "its end waits with the IRI";
  const Lines waited = behind();
  ASSERT_GE(waited.size(), 4u);
  EXPECT_EQ(waited[waited.size() - 3], "HI1 2 deactivated@200");
  EXPECT_EQ(waited[waited.size() - 2], "HI1 3 activated@300");
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.at(400);
  EXPECT_EQ(first(), (Lines{"HI1 4 alarm@400 port down"})) << "all is delivered: it goes first again";
  rig_.expect_balanced(1);
}

TEST_F(EncodeExpress, BehindWhatAFormerProcessLeftItWaitsUntilThatIsDelivered) {
  auto made = task(1);
  made->is_reopened = true;
  made->first_numbers[static_cast<size_t>(RecordKind::kHi1)] = 7;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.at(200);
  EXPECT_TRUE(first().empty());
  EXPECT_EQ(behind(), (Lines{"HI1 7 activated@100", "IRI 0 begin@100", "HI1 8 alarm@200 port down"}));
  rig_.command(Kind::kAlarm, 1, "port up");
  rig_.at(300);
  EXPECT_EQ(first(), (Lines{"HI1 9 alarm@300 port up"}));
}

TEST_F(EncodeExpress, AResetKeepsItsPlaceAtTheFront) {
  auto made = task(1);
  made->reset_first = true;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  EXPECT_TRUE(first().empty());
  EXPECT_EQ(behind(), (Lines{"IRI 0 reset@100", "HI1 0 activated@100", "IRI 1 begin@100"}));
}

TEST_F(EncodeExpress, AtItsBoundItWaitsWithTheIriAndThatIsTold) {
  auto made = task(1);
  made->express.bytes_max = 1;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  EXPECT_FALSE(is_told("express_full"));
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.command(Kind::kAlarm, 1, "port up");
  rig_.at(200);
  EXPECT_TRUE(is_told("express_full"));
  EXPECT_EQ(first(), (Lines{"HI1 0 activated@100"}));
  EXPECT_EQ(behind(), (Lines{"IRI 0 begin@100", "HI1 1 alarm@200 port down", "HI1 2 alarm@200 port up"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeExpress, WhileNeitherHasRoomItWaitsAndNothingIsTold) {
  fill(*rig_.hi2);
  fill(*express_);
  rig_.command(Kind::kAdd, task(1));
  for (int64_t time = 100; time < 150; ++time) rig_.at(time);
  EXPECT_EQ(told("express_full"), 0u) << "it is not behind anything yet, and its bound is far";
  express_->release_one();
  rig_.at(150);
  EXPECT_EQ(first(), (Lines{"HI1 0 activated@100"}));
  rig_.hi2->release_one();
  rig_.at(151);
  EXPECT_EQ(behind(), (Lines{"IRI 0 begin@100"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeExpress, WhereItsDiskHasNoRoomYetItGoesBehindAndIsNotCalledFull) {
  fill(*express_);
  rig_.command(Kind::kAdd, task(1));
  rig_.at(100);
  EXPECT_EQ(behind(), (Lines{"HI1 0 activated@100", "IRI 0 begin@100"}));
  EXPECT_EQ(told("express_full"), 0u);
}

TEST_F(EncodeExpress, BehindItsOwnItWaitsForThatAndNotForTheIriBehind) {
  fill(*express_);
  rig_.command(Kind::kAdd, task(1));
  rig_.at(100);
  express_->release_one();
  rig_.hi2->release_one();
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.at(200);
  EXPECT_EQ(first(), (Lines{"HI1 1 alarm@200 port down"})) << "its beginning is delivered, IRI waits and is passed";
  EXPECT_EQ(behind(), (Lines{"IRI 0 begin@100"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeExpress, WhatIsNotDeliveredOfItsOwnIsNotPassed) {
  fill(*express_);
  rig_.command(Kind::kAdd, task(1));
  rig_.at(100);
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.at(150);  // behind the IRI
  express_->release_one();
  for (int released = 0; released < 2; ++released) {
    rig_.hi2->release_one();
    rig_.command(Kind::kAlarm, 1, "port up");
    rig_.at(200 + released);
    EXPECT_TRUE(first().empty());
  }
  EXPECT_EQ(behind(), (Lines{"HI1 1 alarm@150 port down", "HI1 2 alarm@200 port up", "HI1 3 alarm@201 port up"}));
  rig_.command(Kind::kAlarm, 1, "line up");
  rig_.at(300);
  EXPECT_EQ(first(), (Lines{"HI1 4 alarm@300 line up"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeExpress, ThatItIsFullIsToldOnceAndThatItIsNotAnyMore) {
  constexpr int64_t kSecond = kNanosecondsPerSecond;
  fill(*express_);
  auto made = task(1, 100, 900 * kSecond);
  made->express.bytes_max = 1 << 16;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  for (int64_t time = 1; time < 20; ++time) {
    rig_.command(Kind::kAlarm, 1, "port down");
    rig_.at(time * kSecond);
    behind();  // the agency takes these
  }
  EXPECT_EQ(told("express_full"), 1u);
  express_->release_one();
  rig_.at(20 * kSecond);
  EXPECT_EQ(told("express_full", true), 1u);
  rig_.command(Kind::kAlarm, 1, "port up");
  rig_.at(21 * kSecond);
  EXPECT_EQ(first().size(), 1u);
}

TEST_F(EncodeExpress, ThatItIsFullEndsWithTheTask) {
  fill(*express_);
  auto made = task(1);
  made->express.bytes_max = 1 << 16;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  EXPECT_EQ(told("express_full"), 1u);
  rig_.command(Kind::kRevoke, 1);
  rig_.at(200);
  rig_.at(201);
  EXPECT_EQ(rig_.state(1), TaskState::kEnded);
  EXPECT_EQ(told("express_full", true), 1u);
}

TEST_F(EncodeExpress, WhoHasNoneWaitsWithTheIri) {
  rig_.command(Kind::kAdd, rig_.task(1, 100, 900));
  rig_.command(Kind::kAdd, task(2));
  rig_.at(100);
  EXPECT_EQ(first(), (Lines{"HI1 0 activated@100"}));
  EXPECT_EQ(behind(), (Lines{"HI1 0 activated@100", "IRI 0 begin@100", "IRI 0 begin@100"}));
}

// The numbers in the index say what is confirmed: of a message, that has none there, nothing about IRI.
TEST_F(EncodeExpress, AMessageSaysNothingOfIriInTheIndex) {
  auto made = task(1);
  made->hi1 = false;
  rig_.command(Kind::kAdd, std::move(made));
  rig_.at(100);
  rig_.command(Kind::kNote, 1, "maintenance");
  rig_.at(200);
  const std::optional<SpoolEntry> entry = express_->entry(0);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->series, static_cast<uint8_t>(RecordKind::kHi1));
  EXPECT_EQ(entry->detail, UINT32_MAX);
}

TEST_F(EncodeExpress, PassesIriThatWaitsForRoomButNotAnEndOfItsSeries) {
  const MutableBytes filler = rig_.hi2->reserve(60'000);  // an event finds no room behind it
  ASSERT_FALSE(filler.empty());
  std::ranges::fill(filler, uint8_t{' '});
  rig_.hi2->append(TaskSlot{9}, 60'000);
  rig_.hi2->publish();
  rig_.command(Kind::kAdd, task(1));
  rig_.at(100);
  EXPECT_EQ(first(), (Lines{"HI1 0 activated@100"}));
  rig_.command(Kind::kAlarm, 1, "port down");
  rig_.at(200);
  EXPECT_EQ(first(), (Lines{"HI1 1 alarm@200 port down"}));
  rig_.command(Kind::kEnd, 1);
  rig_.at(300);
  rig_.at(301);
  EXPECT_TRUE(first().empty());
  rig_.hi2->release_one();
  for (int64_t time = 400; rig_.state(1) != TaskState::kEnded && time < 410; ++time) rig_.at(time);
  EXPECT_EQ(behind(), (Lines{"IRI 0 begin@100", "IRI 1 end@301", "HI1 2 deactivated@301"}));
  EXPECT_TRUE(first().empty());
  rig_.expect_balanced(1);
}

}  // namespace
}  // namespace lictor
