// Integrity checks of a task's records through the loop and the lane, with the integrity thread's work done in turn.
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/encoders/encode/session_rig.h"
#include "tests/unit/encoders/integrity/test_keys.h"

namespace lictor {
namespace {

constexpr size_t kLaneBytes = 1 << 16;

class EncodeChecks : public ::testing::Test {
 protected:
  explicit EncodeChecks(EncodeMode mode = EncodeMode::kLive) : rig(mode) {
    EXPECT_TRUE(rig.lane.open(kLaneBytes).ok());
  }

  std::unique_ptr<EncodeTask> task(const IntegrityPlan& plan, const std::string& prefix = "") {
    auto made = rig.task(1, 100, 1000, prefix);
    made->integrity = *IntegrityChain::make(plan, TaskSlot{1});
    return made;
  }
  // A round of the lcore, one of the integrity thread, one of the lcore, until nothing moves any more.
  void at(int64_t time, SocketTime socket = {0}) {
    rig.at(time);
    while (rig.lane.work(socket)) rig.at(time);
    rig.at(time);
  }
  void copies(int from, int to) {
    for (int i = from; i <= to; ++i) rig.copy(1, "p" + std::to_string(i));
  }

  EncodeRig rig;
};

class EncodeChecksLossless : public EncodeChecks {
 protected:
  EncodeChecksLossless() : EncodeChecks(EncodeMode::kLossless) {}
};

TEST_F(EncodeChecks, AHashFollowsItsRecordsAndASignatureItsHashes) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 2, .key = test_key("ec"), .signature_hashes = 2}));
  at(100);
  copies(0, 4);
  at(200);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 p0", "CC 1 p1", "CC 2 p2", "CC 3 p3", "CC 4 p4",
                                               "CC-HASH 0 of 0 1", "CC-HASH 1 of 2 3", "CC-SIGN 0 of 0 1"}));
  rig.expect_balanced(1);
}

TEST_F(EncodeChecks, TimeAloneCompletesAHash) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_ms = 1000}));
  at(100);
  copies(0, 0);
  at(200, {0});
  at(200, {999'000'000});
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 p0"}));
  at(200, {1'010'000'000});  // the thread looks at the clock every few milliseconds
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC-HASH 0 of 0"}));
}

TEST_F(EncodeChecks, TheEndIsSaidBehindTheLastCheck) {
  rig.command(TaskCommand::Kind::kAdd, task({.key = test_key("ed25519")}));
  at(100);
  copies(0, 1);
  at(1000);
  EXPECT_EQ(EncodeRig::drain(*rig.hi2), (Lines{"HI1 0 activated@100", "IRI 0 begin@100", "IRI 1 end@1000",
                                               "IRI-HASH 0 of 0 1", "IRI-SIGN 0 of 0", "HI1 1 deactivated@1000"}));
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 p0", "CC 1 p1", "CC-HASH 0 of 0 1", "CC-SIGN 0 of 0"}));
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  rig.expect_balanced(1);
}

TEST_F(EncodeChecks, ATaskDoesNotEndBeforeItsRecordsAreProven) {
  rig.command(TaskCommand::Kind::kAdd, task({}));
  at(100);
  copies(0, 0);
  rig.at(1000);
  rig.at(1001);
  EXPECT_NE(rig.state(1), TaskState::kEnded);
  at(1002);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
}

TEST_F(EncodeChecks, NumbersGoOnWhereATaskIsReplaced) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 2, .key = test_key("ec")}, "a"));
  at(100);
  copies(0, 2);
  at(200);
  rig.command(TaskCommand::Kind::kReplace, task({.hash_records = 1, .key = test_key("ec")}, "b"));
  at(300);
  copies(3, 3);
  at(300);
  const Lines lines = EncodeRig::drain(*rig.hi3);
  // The signature over the old chain's hashes and the new chain's first hash may come in either order.
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()),
            (std::set<std::string>{"aCC 0 p0", "aCC 1 p1", "aCC 2 p2", "aCC-HASH 0 of 0 1", "bCC-HASH 1 of 2",
                                   "bCC-SIGN 0 of 0 1", "bCC 3 p3", "bCC-HASH 2 of 3"}));
}

TEST_F(EncodeChecks, AFirstNumberThatChangesNeitherRepeatsNorSkipsANumber) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 1}));
  at(100);
  copies(0, 0);
  for (const uint32_t first : {1U, 0U}) {
    at(200);
    rig.command(TaskCommand::Kind::kReplace, task({.hash_records = 1, .first_number = first}));
    at(200);
    copies(1, 1);
  }
  at(300);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3),
            (Lines{"CC 0 p0", "CC-HASH 0 of 0", "CC 1 p1", "CC-HASH 1 of 1", "CC 2 p1", "CC-HASH 2 of 2"}));
}

TEST_F(EncodeChecks, ALastSignatureThatWaitsForRoomOutlivesItsChain) {
  rig.command(TaskCommand::Kind::kAdd, task({.key = test_key("ec"), .first_number = 1}));
  at(100);
  copies(0, 0);
  rig.at(1000);
  rig.lane.work({0});  // hashes, kFlushed
  rig.at(1001);        // hash PDUs told, closed
  while (rig.hi3->has_room(64)) rig.hi3->append(TaskSlot{2}, 64);
  rig.hi3->publish();
  rig.lane.work({0});  // signatures, kClosed
  rig.at(1003);
  EXPECT_NE(rig.state(1), TaskState::kEnded);
  EncodeRig::drain(*rig.hi3);
  at(1004);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC-SIGN 1 of 1"}));
  at(1005);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
}

TEST_F(EncodeChecks, ChecksDoNotFollowATaskToAnotherDestination) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 2, .key = test_key("ec")}));
  at(100);
  copies(0, 2);
  at(200);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 p0", "CC 1 p1", "CC 2 p2", "CC-HASH 0 of 0 1"}));
  const std::unique_ptr<Spool> before = std::exchange(rig.hi3, *MemorySpool::make(1 << 16));
  rig.command(TaskCommand::Kind::kReplace, task({.hash_records = 1}));
  at(300);
  copies(3, 3);
  at(301);
  EXPECT_EQ(EncodeRig::drain(*before), Lines{});
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 3 p3", "CC-HASH 1 of 3"}));
  uint64_t told = 0;
  for (const AlarmEvent& alarm : rig.alarms.take_all()) told += alarm.code == "integrity_incomplete" ? alarm.count : 0;
  EXPECT_EQ(told, 2U);  // a record without its hash, hashes without their signature
}

TEST_F(EncodeChecks, NothingOfARevokedTaskComesLater) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 2}));
  at(100);
  copies(0, 1);
  rig.at(200);
  EncodeRig::drain(*rig.hi3);
  rig.command(TaskCommand::Kind::kRevoke, 1);
  at(201);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), Lines{});
  // The slot begins anew, and so does its chain.
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 1}));
  at(202);
  copies(5, 5);
  at(203);
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 p5", "CC-HASH 0 of 0"}));
}

TEST_F(EncodeChecks, ARevocationWhileTheLastSignaturesAreOnTheWay) {
  rig.command(TaskCommand::Kind::kAdd, task({.key = test_key("ec")}));
  at(100);
  copies(0, 1);
  rig.at(1000);
  rig.lane.work({0});  // hashes, kFlushed
  rig.at(1001);        // hash PDUs told, closed
  rig.command(TaskCommand::Kind::kRevoke, 1);
  at(1002);
  at(1003);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_FALSE(rig.lane.work({0}));
}

TEST_F(EncodeChecks, ALaneThatIsFullCostsRecordsTheirProofAndNothingElse) {
  rig.command(TaskCommand::Kind::kAdd, task({}));
  at(100);
  const std::string packet(1000, 'x');
  size_t delivered = 0;
  for (int i = 0; i < 100; ++i) {
    rig.copy(1, packet);
    rig.at(200);
    delivered += EncodeRig::drain(*rig.hi3).size();
  }
  EXPECT_EQ(delivered, 100U);
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), 0U);
  rig.at(201 + TaskRunner::kLossReportNs);
  bool told = false;
  for (const AlarmEvent& alarm : rig.alarms.take_all()) told |= alarm.code == "integrity_incomplete" && alarm.count > 0;
  EXPECT_TRUE(told);
  rig.expect_balanced(1);
}

TEST_F(EncodeChecksLossless, ALaneThatIsFullHoldsReplayBack) {
  rig.command(TaskCommand::Kind::kAdd, task({.hash_records = 50}));
  at(100);
  for (int i = 0; i < 100; ++i) rig.copy(1, std::string(1000, 'x'));
  size_t records = 0;
  size_t hashes = 0;
  for (int i = 0; i < 20; ++i) {
    at(200);
    for (const std::string& line : EncodeRig::drain(*rig.hi3)) (line.starts_with("CC-HASH") ? hashes : records) += 1;
  }
  EXPECT_EQ(records, 100U);
  EXPECT_EQ(hashes, 2U);
  EXPECT_TRUE(rig.alarms.take_all().empty());
}

TEST_F(EncodeChecks, WhatIsNotProvenWhenTheProcessEndsIsProvenThen) {
  rig.command(TaskCommand::Kind::kAdd, task({.key = test_key("ec")}));
  at(100);
  copies(0, 1);
  at(200);
  EXPECT_TRUE(rig.loop->drained());
  rig.loop->end_checks();
  EXPECT_FALSE(rig.loop->drained());
  at(201);
  EXPECT_TRUE(rig.loop->drained());
  EXPECT_EQ(EncodeRig::drain(*rig.hi3), (Lines{"CC 0 p0", "CC 1 p1", "CC-HASH 0 of 0 1", "CC-SIGN 0 of 0"}));
}

// Each series of each session is checked apart, and known until its last check has come.
TEST(EncodeSessionChecks, AreOfEachCinAlone) {
  SessionRig rig(EncodeMode::kLive, {.rings = 1, .bounds = {.kept_ns = 100 * kMs}});
  ASSERT_TRUE(rig.lane.open(1 << 20).ok());
  std::unique_ptr<EncodeTask> task = rig.session_task(1, 100, 90'000);
  task->integrity = *IntegrityChain::make({.hash_records = 3, .hash_ms = 1000}, TaskSlot{1});
  rig.command(TaskCommand::Kind::kAdd, std::move(task));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAccept, 110, {.cin = 8, .addresses = {"192.0.2.8"}});
  rig.at_ms(111);
  for (const std::string text : {"a", "b", "c"}) {
    rig.session_copy(112, text);
    rig.session_copy(112, text, {.cin = 8, .source = "192.0.2.8"});
  }
  rig.at_ms(113);
  rig.settle_by(120);
  while (rig.lane.work({0})) rig.at_ms(121);
  rig.at_ms(122);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 0 a", "CC#8 0 a", "CC#7 1 b", "CC#8 1 b", "CC#7 2 c", "CC#8 2 c",
                                        "CC-HASH#7 0 of 0 1 2", "CC-HASH#8 0 of 0 1 2"}));
  // It is gone long before the time of its hash.
  rig.report(AccessEvent::kEnd, 130);
  rig.at_ms(131);
  while (rig.lane.work({0})) rig.at_ms(132);
  rig.report(AccessEvent::kAccept, 400, {.cin = 9, .addresses = {"192.0.2.9"}});
  rig.at_ms(401);
  rig.drain(*rig.hi2);
  while (rig.lane.work({2000 * kMs})) rig.at_ms(402);
  rig.at_ms(403);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"IRI-HASH#7 0 of 0 1", "IRI-HASH#8 0 of 0"}));
  EXPECT_TRUE(rig.alarms.take_all().empty());
  rig.expect_balanced(1);
}

}  // namespace
}  // namespace lictor
