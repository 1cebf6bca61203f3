// Whom session lcores are told to watch for.
#include "dataplane/agent/watch_board.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr TaskSlot kSlot{3};

Xid xid_of(uint8_t number) {
  Xid xid;
  xid.octets[0] = number;
  return xid;
}

WatchedTask task(TaskSlot slot, CinLease cins = {.first = 100, .count = 10}) {
  return {.slot = slot, .identities = {{IdentityKind::kRadiusUser, "alice@example.org"}}, .cins = cins};
}

class Board : public testing::Test {
 protected:
  static constexpr size_t kLcores = 3;
  Board()
      : changes_(kLcores),
        board_({.lcores = kLcores,
                .change = [this](size_t lcore, WatchChange change) { changes_[lcore].push_back(std::move(change)); },
                .wait_until_in_force = [this] { ++waits_; }}) {}

  std::vector<std::vector<WatchChange>> changes_;
  int waits_ = 0;
  WatchBoard board_;
};

TEST_F(Board, SharesTheCinsOfATaskOutSoThatNoneIsGivenTwice) {
  board_.set(xid_of(1), task(kSlot));
  EXPECT_TRUE(board_.changed());
  board_.put_in_force();
  EXPECT_FALSE(board_.changed());
  EXPECT_EQ(waits_, 1);
  uint32_t next = 100;
  for (const auto& changes : changes_) {
    ASSERT_EQ(changes.size(), 1U);
    ASSERT_EQ(changes[0].added.size(), 1U);
    EXPECT_EQ(changes[0].added[0].cins.first, next);
    next += changes[0].added[0].cins.count;
    EXPECT_EQ(changes[0].table->find(IdentityKind::kRadiusUser, as_bytes("alice@example.org")).size(), 1U);
  }
  EXPECT_EQ(next, 110U);
}

TEST_F(Board, WhoIsRemovedIsInNoTableAnyMore) {
  board_.set(xid_of(1), task(kSlot));
  board_.put_in_force();
  board_.remove(kSlot);
  board_.put_in_force();
  for (const auto& changes : changes_) {
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_TRUE(changes[1].table->empty());
    EXPECT_EQ(changes[1].removed, std::vector<TaskSlot>{kSlot});
  }
  board_.remove(kSlot);
  EXPECT_FALSE(board_.changed());
}

TEST_F(Board, AnotherDataplanesSessionWaitsForItsTaskAndIsToldToOneLcore) {
  board_.take(xid_of(1), {.cin = 900, .addresses = {}});
  EXPECT_FALSE(board_.changed()) << "nobody asks for it";
  board_.set(xid_of(1), task(kSlot));
  board_.put_in_force();
  ASSERT_EQ(changes_[0][0].remotes.size(), 1U);
  EXPECT_EQ(changes_[0][0].remotes[0].slot, kSlot);
  EXPECT_EQ(changes_[0][0].remotes[0].cin, 900U);
  EXPECT_TRUE(changes_[1][0].remotes.empty());
  board_.take(xid_of(1), {.cin = 900, .over = true});
  board_.put_in_force();
  EXPECT_EQ(changes_[0][1].table, nullptr) << "the names are as before";
  ASSERT_EQ(changes_[0][1].remotes.size(), 1U);
  EXPECT_TRUE(changes_[0][1].remotes[0].over);
}

TEST_F(Board, WhatIsLiveIsToldAnewToATaskThatComesAgain) {
  board_.set(xid_of(1), task(kSlot));
  board_.take(xid_of(1), {.cin = 900});
  board_.put_in_force();
  board_.remove(kSlot);
  board_.put_in_force();
  board_.set(xid_of(1), task(TaskSlot{7}));
  board_.put_in_force();
  ASSERT_EQ(changes_[0][2].remotes.size(), 1U);
  EXPECT_EQ(changes_[0][2].remotes[0].slot, TaskSlot{7});
}

TEST_F(Board, WhatNobodyCanKeepIsCounted) {
  for (uint32_t cin = 1; cin <= WatchBoard::kRemotesMax + 1; ++cin) board_.take(xid_of(1), {.cin = cin});
  EXPECT_EQ(board_.remotes_refused(), 1U);
}

}  // namespace
}  // namespace lictor
