// EncodeLoop: several packets in one record. What closes it, its number, and what becomes of it at the end.
#include <gtest/gtest.h>

#include "tests/unit/encoders/encode/encode_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kStart = 100;

class EncodeGather : public testing::Test {
 protected:
  std::unique_ptr<EncodeTask> task(uint32_t slot, AggregationPlan plan, EncodeRig& rig) {
    std::unique_ptr<EncodeTask> made = rig.task(slot, kStart, 90 * kNanosecondsPerSecond);
    made->aggregation = plan;
    return made;
  }
  void begin(AggregationPlan plan) {
    rig_.command(Kind::kAdd, task(1, plan, rig_));
    rig_.at(kStart);
    rig_.drain(*rig_.hi2);
  }
  void copies(std::initializer_list<const char*> packets) {
    for (const char* const packet : packets) rig_.copy(1, packet);
  }
  Lines content() { return EncodeRig::drain(*rig_.hi3); }
  const EncoderTaskAccount& account() const { return rig_.accounts[1].encoder; }

  EncodeRig rig_;
};

TEST_F(EncodeGather, ARecordIsClosedWhenItHasItsPackets) {
  begin({.payloads = 3});
  copies({"a", "b", "c", "d"});
  rig_.at(200);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b][c]@0"}));
  EXPECT_EQ(account().aggregated.get(), 2U);
  copies({"e", "f"});
  rig_.at(300);
  EXPECT_EQ(content(), (Lines{"CC 1 [d][e][f]@0"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, ARecordIsClosedBeforeItWouldHoldTooMuch) {
  begin({.payloads = 100, .bytes = 10});
  copies({"aaaa", "bbbb", "cccc"});
  rig_.at(200);
  EXPECT_EQ(content(), (Lines{"CC 0 [aaaa][bbbb]@0"}));
  copies({"dddddd"});  // that makes it full
  rig_.at(300);
  EXPECT_EQ(content(), (Lines{"CC 1 [cccc][dddddd]@0"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, APacketThatIsTooLargeForOneHasARecordOfItsOwn) {
  begin({.payloads = 100, .bytes = 10});
  copies({"a", "bbbbbbbbbbbbbbbb"});
  rig_.at(200);
  EXPECT_EQ(content(), (Lines{"CC 0 [a]@0", "CC 1 bbbbbbbbbbbbbbbb"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, FramesAndPacketsAreInNoRecordTogether) {
  begin({.payloads = 100, .ms = 20});
  MatchedTask frame = EncodeRig::matched(1);
  frame.whole_frame = true;
  copies({"a"});
  rig_.copy({frame}, "b");
  rig_.copy({frame}, "c");
  copies({"d"});
  rig_.at(200);
  const std::string ethernet(14, 'e');
  EXPECT_EQ(content(), (Lines{"CC 0 [a]@0", "CC 1 [" + ethernet + "b][" + ethernet + "c]@0"}));
  rig_.at(21 * kMs);
  EXPECT_EQ(content(), Lines{"CC 2 [d]@0"});
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, TheFirstPacketNeverWaitsLongerThanTheProfileSays) {
  begin({.payloads = 100, .ms = 20});
  rig_.arrival = {7};
  copies({"a"});
  rig_.at(kMs);
  rig_.arrival = {8};
  copies({"b"});
  rig_.at(20 * kMs);
  EXPECT_EQ(content(), Lines{});
  rig_.at(21 * kMs);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b]@8"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, WhatWasLostLiesBetweenTwoRecordsAndLeavesAGap) {
  begin({.payloads = 100, .ms = 20});
  copies({"a"});
  rig_.copy(1, "b", 3);
  rig_.copy(1, "!");  // cannot be encoded
  rig_.copy(1, "c");
  rig_.at(kMs);
  rig_.at(30 * kMs);
  EXPECT_EQ(content(), (Lines{"CC 0 [a]@0", "CC 4 [b][c]@0"}));
  copies({"d"});
  rig_.at(40 * kMs);
  rig_.at(70 * kMs);
  EXPECT_EQ(content(), (Lines{"CC 6 [d]@0"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, TheEndOfTheInterceptionClosesWhatWasGathered) {
  begin({.payloads = 100, .ms = 10'000});
  copies({"a", "b"});
  rig_.command(Kind::kEnd, 1);
  rig_.at(200);
  rig_.at(201);
  EXPECT_EQ(rig_.state(1), TaskState::kEnded);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b]@0"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, ARevocationPurgesWhatWasGathered) {
  begin({.payloads = 100, .ms = 10'000});
  copies({"a", "b"});
  rig_.at(200);
  rig_.command(Kind::kRevoke, 1);
  rig_.at(201);
  rig_.at(202);
  EXPECT_EQ(rig_.state(1), TaskState::kEnded);
  EXPECT_EQ(content(), Lines{});
  EXPECT_EQ(account().dropped.get(RecordDrop::kNoMediation), 2U);
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, AChangeClosesWhatWasGatheredBefore) {
  begin({.payloads = 100, .ms = 10'000});
  copies({"a", "b"});
  rig_.at(200);
  rig_.command(Kind::kReplace, task(1, {}, rig_));
  copies({"c"});
  rig_.at(300);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b]@0", "CC 1 c"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, AChangeToAnotherSpoolLeavesNothingUnseenInTheOldOne) {
  begin({.payloads = 100, .ms = 10'000});
  copies({"a", "b"});
  rig_.at(200);
  const std::unique_ptr<Spool> other = *MemorySpool::make(1 << 16);
  std::unique_ptr<EncodeTask> moved = task(1, {}, rig_);
  moved->hi3 = other.get();
  rig_.command(Kind::kReplace, std::move(moved));
  rig_.at(300);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b]@0"}));
  rig_.expect_balanced(1);
  rig_.loop->finish({400});
}

TEST_F(EncodeGather, ANewSpoolGetsWhatWasGatheredAndTheAgencyHearsNothing) {
  begin({.payloads = 3, .ms = 10'000});
  copies({"a", "b", "c", "d"});
  rig_.at(200);
  const std::unique_ptr<Spool> other = *MemorySpool::make(1 << 16);
  TaskCommand command{.kind = Kind::kMove, .slot = TaskSlot{1}, .task = {}, .text = {}};
  command.move.hi3 = other.get();
  ASSERT_TRUE(rig_.commands.push(std::move(command)));
  copies({"e", "f", "g"});
  rig_.at(300);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b][c]@0"}));
  EXPECT_EQ(EncodeRig::drain(*other), (Lines{"CC 1 [d][e][f]@0"})) << "numbers go on";
  for (const std::string& line : EncodeRig::drain(*rig_.hi2)) EXPECT_EQ(line.find("modified"), std::string::npos);
  rig_.command(Kind::kRevoke, 1);
  rig_.at(400);
  rig_.at(401);
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, TheEndOfTheProcessDoesNotWaitForMore) {
  begin({.payloads = 100, .ms = 10'000});
  copies({"a", "b"});
  rig_.at(200);
  EXPECT_TRUE(rig_.loop->drained());
  rig_.loop->end_checks();
  EXPECT_FALSE(rig_.loop->drained()) << "nobody sees it yet";
  rig_.at(201);
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b]@0"}));
  EXPECT_TRUE(rig_.loop->drained());
}

TEST_F(EncodeGather, TheEndOfTheProcessLosesNothingThatHasRoom) {
  begin({.payloads = 100, .ms = 10'000});
  copies({"a", "b"});
  rig_.at(200);
  rig_.loop->finish({300});
  EXPECT_EQ(content(), (Lines{"CC 0 [a][b]@0"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, WithoutRoomEveryPacketIsACountedDropAndAGap) {
  begin({.payloads = 4, .ms = 20});
  while (rig_.hi3->has_room(64)) rig_.hi3->append(TaskSlot{0}, 64);
  rig_.hi3->publish();
  copies({"a", "b", "c", "d"});
  rig_.at(200);
  EXPECT_EQ(account().dropped.get(RecordDrop::kBacklogFull), 4U);
  content();
  copies({"e", "f", "g", "h"});
  rig_.at(300);
  EXPECT_EQ(content(), (Lines{"CC 4 [e][f][g][h]@0"}));
  rig_.expect_balanced(1);
}

TEST_F(EncodeGather, LosslessTheRingWaitsForRoom) {
  EncodeRig rig(EncodeMode::kLossless);
  rig.command(Kind::kAdd, task(1, {.payloads = 2, .ms = 20}, rig));
  rig.at(kStart);
  while (rig.hi3->has_room(64)) rig.hi3->append(TaskSlot{0}, 64);
  rig.hi3->publish();
  for (const char* const packet : {"a", "b", "c", "d", "e"}) rig.copy(1, packet);
  rig.at(200);
  rig.at(300 * kMs);
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), 0U);
  EncodeRig::drain(*rig.hi3);
  rig.at(400 * kMs);
  rig.at(500 * kMs);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 [a][b]@0", "CC 1 [c][d]@0", "CC 2 [e]@0"}));
  rig.expect_balanced(1);
}

}  // namespace
}  // namespace lictor
