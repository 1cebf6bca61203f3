// EncodeLoop: numbers, what is lost and who is told, full spools, the lossless mode, and threads.
#include <gtest/gtest.h>

#include <thread>

#include "encoders/spool/memory_spool.h"
#include "tests/unit/encoders/encode/encode_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;
constexpr int64_t kSecond = kNanosecondsPerSecond;

uint64_t lost_told(AlarmQueue& alarms) {
  uint64_t sum = 0;
  for (const AlarmEvent& alarm : alarms.take_all()) {
    EXPECT_EQ(alarm.code, "records_lost");
    EXPECT_TRUE(alarm.xid.has_value());
    sum += alarm.count;
  }
  return sum;
}

// Fills an empty or partly filled spool with a record of slot 0, but for `rest` octets.
void fill(Spool& spool, size_t rest = 0) {
  size_t bytes = spool.record_bytes_max();
  while (!spool.has_room(bytes)) bytes -= 64;
  spool.reserve(bytes);
  spool.append(TaskSlot{0}, bytes - rest);
  spool.publish();
}

TEST(EncodeLoss, WhatWasLostBeforeLeavesAGapAndIsToldToOperatorAndAgency) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 9 * kSecond));
  rig.copy(1, "p0");
  rig.copy(1, "p4", 3);
  rig.copy(1, "p5");
  rig.at(kSecond);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0", "CC 4 p4", "CC 5 p5"}));
  rig.drain(*rig.hi2);
  rig.at(kSecond + 1);
  EXPECT_EQ(lost_told(rig.alarms), 3u);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 1 alarm@1000000001 3 content records were lost between "
                                        "1970-01-01T00:00:00.000Z and 1970-01-01T00:00:00.000Z"}));
}

// Two tasks of one destination whose agency takes nothing: the flood of one must not cost the other a record.
TEST(EncodeLoss, AFloodThatFillsTheSpoolCostsItsOwnTaskAlone) {
  EncodeRig rig(EncodeMode::kLive, 1, 1 << 20);
  rig.pad = 400;
  rig.command(Kind::kAdd, rig.task(1, 100, 9 * kSecond));
  rig.command(Kind::kAdd, rig.task(2, 100, 9 * kSecond));
  for (int64_t round = 0; round < 100; ++round) {
    for (int i = 0; i < 40; ++i) rig.copy(1, "flood");
    rig.copy(2, "little");
    rig.at(kSecond + round);
  }
  EXPECT_EQ(rig.accounts[2].encoder.dropped.total(), 0u);
  EXPECT_GT(rig.accounts[1].encoder.dropped.get(RecordDrop::kFairShare), 1000u);
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), rig.accounts[1].encoder.dropped.get(RecordDrop::kFairShare));
  rig.expect_balanced(1);
  rig.expect_balanced(2);
}

TEST(EncodeLoss, ATaskThatHasItsSpoolAloneMayFillIt) {
  EncodeRig rig;
  rig.pad = 400;
  rig.command(Kind::kAdd, rig.task(1, 100, 9 * kSecond));
  for (int64_t round = 0; round < 40; ++round) {
    for (int i = 0; i < 40; ++i) rig.copy(1, "flood");
    rig.at(kSecond + round);
  }
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kFairShare), 0u);
  EXPECT_GT(rig.hi3->backlog_bytes() + 1000, size_t{1} << 16);
}

TEST(EncodeLoss, IsToldOnceASecondSummed) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 90 * kSecond));
  rig.at(kSecond);
  for (int64_t i = 0; i < 10; ++i) {
    rig.copy(1, "p", 1);
    rig.at(kSecond + 10 * i + 1);
    rig.at(kSecond + 10 * i + 2);
  }
  EXPECT_EQ(rig.alarms.take_all().size(), 1u);
  rig.at(kSecond + kSecond / 2);
  EXPECT_EQ(rig.alarms.take_all().size(), 0u);
  rig.at(2 * kSecond + 2);
  EXPECT_EQ(lost_told(rig.alarms), 9u);
}

TEST(EncodeLoss, IsToldWithTheTimesBetweenWhichItHappened) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 9 * kSecond));
  const auto second = [](int64_t n) { return PacketTime{(1'800'000'000 + n) * kSecond + 500'000'000}; };
  rig.arrival = second(0);
  rig.copy(1, "p0");
  rig.arrival = second(4);
  rig.copy(1, "p4", 3);
  rig.arrival = second(2);  // of another ring
  rig.copy(1, "p5", 1);
  rig.at(kSecond);
  rig.drain(*rig.hi2);
  rig.at(kSecond + 1);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 1 alarm@1000000001 4 content records were lost between "
                                        "2027-01-15T08:00:00.500Z and 2027-01-15T08:00:04.500Z"}));
}

TEST(EncodeLoss, IsToldBeforeTheEnd) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.copy(1, "p1", 1);
  rig.at(100);
  rig.copy(1, "p4", 2);
  rig.at(199);
  rig.at(200);
  EXPECT_EQ(lost_told(rig.alarms), 3u);
  const Lines lines = rig.drain(*rig.hi2);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(
      lines[3],
      "HI1 2 alarm@200 2 content records were lost between 1970-01-01T00:00:00.000Z and 1970-01-01T00:00:00.000Z");
  EXPECT_EQ(lines[4], "IRI 1 end@200");
}

TEST(EncodeLoss, ARecordThatCannotBeEncodedIsCountedAndLeavesAGap) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  rig.copy(1, "p0");
  rig.copy(1, "!bad");
  rig.copy(1, "p2");
  rig.at(100);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0", "CC 2 p2"}));
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kEncodeFailed), 1u);
  rig.expect_balanced(1);
}

TEST(EncodeLoss, AFullBacklogSkipsNumbersOfItsOwnTaskOnly) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 9 * kSecond));
  rig.command(Kind::kAdd, rig.task(2, 100, 9 * kSecond));
  const auto other = *MemorySpool::make(1 << 16);
  auto elsewhere = rig.task(3, 100, 9 * kSecond);
  elsewhere->hi3 = other.get();
  rig.command(Kind::kAdd, std::move(elsewhere));
  rig.copy({rig.matched(1), rig.matched(2), rig.matched(3)}, "p0");
  rig.at(kSecond);
  rig.drain(*rig.hi3);
  fill(*rig.hi3);
  rig.copy({rig.matched(1), rig.matched(3)}, "p1");
  rig.copy({rig.matched(1), rig.matched(3)}, "p2");
  rig.at(kSecond + 1);
  rig.drain(*rig.hi3);
  rig.copy({rig.matched(1), rig.matched(2), rig.matched(3)}, "p3");
  rig.at(kSecond + 2);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 3 p3", "CC 1 p3"}));
  EXPECT_EQ(EncodeRig::drain(*other), (Lines{"CC 0 p0", "CC 1 p1", "CC 2 p2", "CC 3 p3"}));
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kBacklogFull), 2u);
  EXPECT_EQ(rig.accounts[2].encoder.dropped.total(), 0u);
  for (const uint32_t slot : {1u, 2u, 3u}) rig.expect_balanced(slot);
}

TEST(EncodeLoss, EventsWaitForRoomAndContentDoesNotWaitForThem) {
  EncodeRig rig;
  fill(*rig.hi2);
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.copy(1, "p0");
  rig.at(100);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0"}));
  EXPECT_FALSE(rig.loop->drained());
  rig.expect_balanced(1);
  rig.at(200);
  EXPECT_NE(rig.state(1), TaskState::kEnded);
  rig.drain(*rig.hi2);
  rig.at(201);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated@100", "IRI 0 begin@100", "IRI 1 end@200", "HI1 1 deactivated@200"}));
  rig.expect_balanced(1);
}

TEST(EncodeLoss, ContentLostBeforeItsResetIsAGapBehindTheReset) {
  EncodeRig rig;
  fill(*rig.hi3, 1000);  // room for the copy, none for the reset
  auto task = rig.task(1, 100, 9 * kSecond);
  task->reset_first = true;
  rig.command(Kind::kAdd, std::move(task));
  rig.copy(1, "p0");
  rig.at(100);
  rig.drain(*rig.hi3);
  rig.copy(1, "p1");
  rig.at(101);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 reset@100", "CC 2 p1"}));
}

TEST(EncodeLoss, AlarmsThatFindNoRoomForLongAreCountedAndLeaveAGap) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 900 * kSecond));
  rig.at(100);
  rig.drain(*rig.hi2);
  fill(*rig.hi2);
  constexpr size_t kAlarms = 40;
  for (size_t i = 0; i < kAlarms; ++i) rig.command(Kind::kAlarm, 1, "port missed packets");
  rig.at(101);
  rig.drain(*rig.hi2);
  rig.at(102);
  rig.command(Kind::kAlarmAll, 0, "last");
  rig.at(102);
  const Lines lines = rig.drain(*rig.hi2);
  const size_t kept = TaskRunner::kWaitingMax - TaskRunner::kWaitingReserve;
  ASSERT_EQ(lines.size(), kept + 1);
  EXPECT_EQ(lines[kept - 1], "HI1 " + std::to_string(kept) + " alarm@101 port missed packets");
  EXPECT_EQ(lines.back(), "HI1 " + std::to_string(kAlarms + 1) + " alarm@102 last");
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kBacklogFull), kAlarms - kept);
  rig.expect_balanced(1);
}

TEST(EncodeLoss, CopiesForNobodyAreCounted) {
  EncodeRig rig;
  rig.copy(5, "p0");
  rig.copy(EncodeRig::kSlots + 1, "p1");
  rig.at(100);
  EXPECT_EQ(rig.accounts[5].encoder.dropped.get(RecordDrop::kNoMediation), 1u);
  rig.expect_balanced(5);
  EXPECT_EQ(rig.loop->statistics().without_account.get(), 1u);
  EXPECT_EQ(rig.loop->statistics().records.get(), 2u);
}

TEST(EncodeLossless, ACopyStaysInItsRingWhileASpoolLacksRoomAndNothingIsRepeated) {
  EncodeRig rig(EncodeMode::kLossless);
  const auto other = *MemorySpool::make(1 << 16);
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  auto elsewhere = rig.task(2, 100, 900);
  elsewhere->hi3 = other.get();
  rig.command(Kind::kAdd, std::move(elsewhere));
  rig.at(100);
  fill(*rig.hi3);
  rig.copy({rig.matched(2), rig.matched(1)}, "p0");
  rig.copy(2, "p1");
  rig.at(101);
  rig.at(102);
  EXPECT_EQ(EncodeRig::drain(*other), (Lines{"CC 0 p0"}));  // p1 is behind p0 of the task that waits
  EXPECT_GE(rig.loop->statistics().holds.get(), 2u);
  EXPECT_FALSE(rig.loop->drained());
  rig.drain(*rig.hi3);
  rig.at(103);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0"}));
  EXPECT_EQ(EncodeRig::drain(*other), (Lines{"CC 1 p1"}));
  EXPECT_TRUE(rig.loop->drained());
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total() + rig.accounts[2].encoder.dropped.total(), 0u);
}

TEST(EncodeLossless, AWaitingRingHoldsUpNeitherCommandsNorOtherRingsNorEvents) {
  EncodeRig rig(EncodeMode::kLossless, 2);
  const auto other = *MemorySpool::make(1 << 16);
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  rig.at(100);
  rig.drain(*rig.hi2);
  fill(*rig.hi3);
  rig.copy(1, "p0", 0, 0);
  rig.at(101);
  auto elsewhere = rig.task(2, 100, 900, "B ");
  elsewhere->hi3 = other.get();
  rig.command(Kind::kAdd, std::move(elsewhere));
  rig.copy(2, "q0", 0, 1);
  rig.at(102);
  EXPECT_EQ(EncodeRig::drain(*other), (Lines{"B CC 0 q0"}));
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"B HI1 0 activated@102", "B IRI 0 begin@102"}));
}

TEST(EncodeLossless, AWindowEndsBehindItsCopiesAlthoughTheRingIsNeverEmpty) {
  EncodeRig rig(EncodeMode::kLossless);
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.command(Kind::kAdd, rig.task(2, 100, 900));
  rig.at(100);
  fill(*rig.hi3);
  rig.copy(1, "p0");
  rig.copy(2, "q0");
  rig.at(250);
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  while (rig.hi3->backlog_records() > 0) rig.hi3->release_one();
  rig.copy(2, "q1");  // published after the mark that the end of slot 1 waits for
  rig.at(251);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0", "CC 0 q0", "CC 1 q1"}));
}

TEST(EncodeLossless, AWindowEndsAlthoughItsRingFillsAsFastAsItIsEmptied) {
  EncodeRig rig(EncodeMode::kLossless);
  rig.pad = 20'000;  // three records fill the spool
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.command(Kind::kAdd, rig.task(2, 100, 900));
  rig.copy(1, "p0");
  for (int i = 0; i < 6; ++i) rig.copy(2, "q");
  rig.at(100);
  for (int64_t round = 0; round < 30 && rig.state(1) != TaskState::kEnded; ++round) {
    rig.hi3->release_one();
    rig.copy(2, "q");
    rig.at(250 + round);
    ASSERT_FALSE(rig.rings[0]->bytes->readable().empty());
  }
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
}

TEST(EncodeLossless, FinishCountsWhatFindsNoRoom) {
  EncodeRig rig(EncodeMode::kLossless);
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  fill(*rig.hi2);
  fill(*rig.hi3);
  rig.copy(1, "p0");
  rig.copy(1, "p1");
  rig.at(100);
  rig.loop->finish({101});
  EXPECT_TRUE(rig.rings[0]->bytes->readable().empty());
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kBacklogFull), 4u);  // two copies, activated, begin
  EXPECT_EQ(rig.accounts[1].encoder.appended.get(), 0u);
  rig.expect_balanced(1);
}

TEST(EncodeThreads, EveryCopyIsAppendedInOrderBetweenProducerEncoderAndReader) {
  constexpr uint32_t kCopies = 20'000;
  EncodeRig rig(EncodeMode::kLossless);
  rig.command(Kind::kAdd, rig.task(1, 100, INT64_MAX));
  std::atomic<bool> over{false};
  std::thread encoder([&] {
    int64_t now = 100;
    while (!over.load() || !rig.loop->drained()) {
      if (!rig.loop->run_once({++now})) std::this_thread::yield();
    }
  });
  std::thread producer([&] {
    for (uint32_t i = 0; i < kCopies; ++i) {
      while (rig.rings[0]->bytes->room() < 256) std::this_thread::yield();
      rig.copy(1, std::to_string(i));
      rig.rings[0]->passed({100 + i});
    }
    over.store(true);
  });
  uint32_t next = 0;
  while (next < kCopies) {
    const Lines lines = EncodeRig::drain(*rig.hi3);
    if (lines.empty()) std::this_thread::yield();
    for (const std::string& line : lines) {
      ASSERT_EQ(line, "CC " + std::to_string(next) + " " + std::to_string(next));
      ++next;
    }
  }
  producer.join();
  encoder.join();
  rig.expect_balanced(1);
}

TEST(EncodeLoss, ARecordOfSeveralPacketsNeverGathersMoreThanItsSpoolTakes) {
  EncodeRig rig;
  std::unique_ptr<EncodeTask> task = rig.task(1, 100, 90 * kNanosecondsPerSecond);
  task->aggregation = {.payloads = AggregationPlan::kPayloadsMax, .bytes = AggregationPlan::kBytesMax};
  rig.command(Kind::kAdd, std::move(task));
  rig.at(100);
  // So many packets of this size are all that the profile allows, and with what is around them more than a record has.
  constexpr size_t kBytes = AggregationPlan::kBytesMax / AggregationPlan::kPayloadsMax;
  ASSERT_EQ(rig.hi3->record_bytes_max(), AggregationPlan::kBytesMax);
  constexpr size_t kPackets = 2 * AggregationPlan::kPayloadsMax;
  for (size_t i = 0; i < kPackets; ++i) {
    rig.copy(1, std::string(kBytes, 'a'));
    rig.at(200);
    EncodeRig::drain(*rig.hi3);
  }
  rig.at(kNanosecondsPerSecond);
  const EncoderTaskAccount& account = rig.accounts[1].encoder;
  EXPECT_EQ(account.dropped.total(), 0U);
  EXPECT_EQ(account.copies.get(), kPackets);
  EXPECT_GT(account.aggregated.get(), 0U);
  rig.expect_balanced(1);
}

}  // namespace
}  // namespace lictor
