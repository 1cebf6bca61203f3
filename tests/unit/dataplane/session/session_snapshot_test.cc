// Sessions that outlive a process: what was kept is there again, and octets that are none are refused.
#include "dataplane/session/session_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk_fixture.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Xid xid_of(uint8_t number) {
  Xid xid;
  xid.octets[0] = number;
  return xid;
}

class Snapshots : public DeskFixture {
 protected:
  static WatchedTask task_of(uint8_t number) {
    WatchedTask task = DeskFixture::task(1, {"alice"});
    task.xid = xid_of(number);
    return task;
  }

  std::vector<uint8_t> keep() {
    std::vector<uint8_t> octets;
    append_snapshot(*book_, *desk_, octets);
    return octets;
  }
  // A new process.
  void restart() {
    book_ = *SessionBook::make({.sessions_max = 64, .cells_bytes_max = 65'536});
    desk_ = std::make_unique<SessionDesk>(
        SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}}, *book_);
    table().clear();
    reports();
  }
  Result<SnapshotTotals> restore(Bytes octets) {
    return restore_snapshot(octets, [this](uint16_t set) {
      return set == 0 ? SnapshotOwner{book_.get(), desk_.get()} : SnapshotOwner();
    });
  }
};

TEST_F(Snapshots, ATargetsSessionGoesOnUnderItsCin) {
  watch({task_of(7)});
  accept("one", "alice", 5, {a_, net_});
  accept("two", "bob", 6, {b_});
  const std::vector<uint8_t> kept = keep();
  restart();
  const Result<SnapshotTotals> totals = restore(kept);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->sessions, 2U);
  EXPECT_EQ(totals->followed, 1U);
  EXPECT_THAT(reports(), IsEmpty()) << "nobody asks for it yet";
  WatchedTask again = task_of(7);
  again.cins = {.first = 900, .count = 10};
  watch({again}, 9);
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, SessionReport::Kind::kActive);
  EXPECT_EQ(told[0].cin, 100U) << "what it had, and not of the new lease";
  EXPECT_EQ(told[0].user, "alice");
  ASSERT_THAT(table(), SizeIs(2));
  for (const TargetRule& rule : table()) EXPECT_LE(rule.start.unix_ns, at_second(5).unix_ns);
  end("one", 10);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(Snapshots, AnotherTaskOfTheSamePersonBeginsWithACinOfItsOwn) {
  watch({task_of(7)});
  accept("one", "alice", 5, {a_});
  const std::vector<uint8_t> kept = keep();
  restart();
  ASSERT_TRUE(restore(kept).ok());
  WatchedTask other = task_of(8);
  other.cins = {.first = 900, .count = 10};
  watch({other}, 9);
  EXPECT_EQ(reports()[0].cin, 900U);
}

TEST_F(Snapshots, WhatEndedBeforeItsTaskCameBackIsNotResumed) {
  watch({task_of(7)});
  accept("one", "alice", 5, {a_});
  const std::vector<uint8_t> kept = keep();
  restart();
  ASSERT_TRUE(restore(kept).ok());
  end("one", 6);
  accept("three", "alice", 7, {b_});
  WatchedTask again = task_of(7);
  again.cins = {.first = 900, .count = 10};
  watch({again}, 9);
  EXPECT_EQ(reports()[0].cin, 900U);
}

TEST_F(Snapshots, GroupsEndTogetherBehindARestart) {
  const SessionGroup nas(uint64_t{0xfedc'ba98'7654'3210});
  book_->open(book_->key(SessionSource::kRadius, 0, as_bytes("one")), SessionSource::kRadius, 0, nas, at_second(1));
  accept("two", "bob", 6, {b_});
  const std::vector<uint8_t> kept = keep();
  restart();
  ASSERT_TRUE(restore(kept).ok());
  book_->close_group(SessionSource::kRadius, 0, nas, {.received = at_second(9), .effective = at_second(9)}, *desk_);
  EXPECT_EQ(book_->find(book_->key(SessionSource::kRadius, 0, as_bytes("one"))), kNoSession);
  EXPECT_NE(book_->find(book_->key(SessionSource::kRadius, 0, as_bytes("two"))), kNoSession);
}

TEST_F(Snapshots, ItsDeadlineHolds) {
  accept("one", "alice", 5, {a_}, SessionSource::kDhcp4, at_second(60));
  const std::vector<uint8_t> kept = keep();
  restart();
  ASSERT_TRUE(restore(kept).ok());
  for (int i = 0; i < 200; ++i) book_->expire(at_second(61), *desk_);
  EXPECT_EQ(book_->counters().expired.get(), 1U);
}

TEST_F(Snapshots, SessionsOfNobodyAndThoseThatAreThereAreRefused) {
  accept("one", "alice", 5, {a_});
  const std::vector<uint8_t> kept = keep();
  const Result<SnapshotTotals> there = restore(kept);
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(there->refused, 1U);
  restart();
  const Result<SnapshotTotals> nobodys = restore_snapshot(kept, [](uint16_t /*set*/) { return SnapshotOwner(); });
  ASSERT_TRUE(nobodys.ok());
  EXPECT_EQ(nobodys->refused, 1U);
}

TEST_F(Snapshots, EveryPrefixAndEveryFlippedOctetIsSurvived) {
  watch({task_of(7)});
  accept("one", "alice", 5, {a_, net_});
  const std::vector<uint8_t> kept = keep();
  for (size_t bytes = 1; bytes < kept.size(); ++bytes) {
    restart();
    EXPECT_FALSE(restore(Bytes(kept).first(bytes)).ok()) << bytes;
  }
  for (size_t at = 0; at < kept.size(); ++at) {
    std::vector<uint8_t> other = kept;
    other[at] ^= 0xff;
    restart();
    const Result<SnapshotTotals> totals = restore(other);
    EXPECT_LE(totals.ok() ? totals->sessions : 0, 1U);
  }
}

}  // namespace
}  // namespace lictor
