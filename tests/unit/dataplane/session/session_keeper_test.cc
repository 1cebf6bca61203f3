// What a session lcore tells of its sessions while it runs, and what a process that follows makes of it.
#include "dataplane/session/session_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/session/session_snapshot.h"
#include "desk_fixture.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t kRingBytes = size_t{1} << 17;

class SessionKeepers : public DeskFixture {
 protected:
  SessionKeepers() {
    kept_ = *SpscByteRing::make(kRingBytes);
    keeper_ = std::make_unique<SessionKeeper>(*kept_, *book_);
    desk_ = std::make_unique<SessionDesk>(
        SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}, .keeper = keeper_.get()},
        *book_);
  }

  // All pieces that wait, by their kinds; their items go behind items_.
  std::vector<KeptKind> take() {
    std::vector<KeptKind> kinds;
    const Bytes waiting = kept_->readable();
    for (Bytes rest = waiting; !rest.empty();) {
      KeptPiece piece;
      rest = rest.subspan(read_kept_piece(rest, piece));
      kinds.push_back(piece.kind);
      if (piece.kind != KeptKind::kWalkEnd) items_.insert(items_.end(), piece.item.begin(), piece.item.end());
    }
    kept_->release(waiting.size());
    return kinds;
  }
  std::vector<KeptKind> walk(uint32_t number) {
    keeper_->ask(number);
    while (keeper_->turn(*desk_)) {
    }
    return take();
  }
  std::vector<KeptKind> news() {
    keeper_->turn(*desk_);
    return take();
  }
  // How many sessions a new process has of it, and how many of them a task followed; next_book_ is its book.
  std::pair<uint64_t, uint64_t> restored() {
    next_book_ = *SessionBook::make({.sessions_max = 64, .cells_bytes_max = 65'536});
    SessionDesk desk({.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}}, *next_book_);
    const Result<SnapshotTotals> totals = restore_snapshot(items_, [&](uint16_t /*set*/) {
      return SnapshotOwner{next_book_.get(), &desk};
    });
    EXPECT_TRUE(totals.ok()) << totals.status();
    return {totals->sessions, totals->followed};
  }
  using Restored = std::pair<uint64_t, uint64_t>;
  // In next_book_.
  size_t known_as(std::string_view user) {
    size_t found = 0;
    next_book_->for_each_of(IdentityKind::kRadiusUser, as_bytes(user), [&found](SessionId) { ++found; });
    return found;
  }
  std::vector<SessionKey> holders(const SessionAddress& address) {
    std::vector<SessionKey> found;
    next_book_->for_each_holder(0, address.prefix, [&](SessionId session, const SessionAddress&, PacketTime) {
      found.push_back(next_book_->image(session).key);
    });
    return found;
  }

  std::unique_ptr<SpscByteRing> kept_;
  std::unique_ptr<SessionKeeper> keeper_;
  std::vector<uint8_t> items_;
  std::unique_ptr<SessionBook> next_book_;
};

TEST_F(SessionKeepers, AllAreToldWhenTheyAreAskedForAndThenNoMore) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 5, {a_});
  accept("two", "bob", 6, {b_});
  take();
  items_.clear();
  EXPECT_THAT(walk(1), ElementsAre(KeptKind::kGrown, KeptKind::kGrown, KeptKind::kWalked, KeptKind::kWalked,
                                   KeptKind::kWalkEnd));
  EXPECT_EQ(restored(), Restored(2, 1));
  EXPECT_THAT(news(), IsEmpty());
  EXPECT_THAT(walk(2), ElementsAre(KeptKind::kWalked, KeptKind::kWalked, KeptKind::kWalkEnd));
}

// Of two sources, the second one with a clock.
class Clocks : public Tracker {
 public:
  void on_message(const SignalRecord& /*record*/, SessionSink& /*sink*/) noexcept override {}
  void on_tick(PacketTime /*now*/, SessionSink& /*sink*/) noexcept override {}
  [[nodiscard]] uint32_t clocks_end() const noexcept override { return 2; }
  [[nodiscard]] std::optional<SourceClock> clock(uint32_t number) const noexcept override {
    if (number == 0) return std::nullopt;
    return SourceClock{.source_set = 3, .source = 0x1234'5678'9abc'def0, .behind_s = -7};
  }
  void restore_clock(const SourceClock& clock) noexcept override { restored = clock; }

  SourceClock restored;
};

TEST_F(SessionKeepers, ClocksOfSourcesGoWithTheSessions) {
  Clocks clocks;
  keeper_ = std::make_unique<SessionKeeper>(*kept_, *book_, &clocks);
  EXPECT_THAT(walk(1), ElementsAre(KeptKind::kWalked, KeptKind::kWalkEnd));
  const Result<SnapshotTotals> totals = restore_snapshot(items_, [&clocks](uint16_t set) {
    EXPECT_EQ(set, 3U);
    return SnapshotOwner{.clocks = &clocks};
  });
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(clocks.restored.source, 0x1234'5678'9abc'def0U);
  EXPECT_EQ(clocks.restored.behind_s, -7);
}

TEST_F(SessionKeepers, ARoundOfTheLoopTellsNoMoreThanABoundedShare) {
  book_ = *SessionBook::make({.sessions_max = 1024, .cells_bytes_max = 1 << 20});
  keeper_ = std::make_unique<SessionKeeper>(*kept_, *book_);
  desk_ = std::make_unique<SessionDesk>(SessionDeskPlan{.reports = {&ring_}, .keeper = keeper_.get()}, *book_);
  for (int i = 0; i < 200; ++i) accept("session " + std::to_string(i), "user " + std::to_string(i), 5, {});
  news();
  keeper_->ask(1);
  EXPECT_TRUE(keeper_->turn(*desk_));
  EXPECT_EQ(take().size(), SessionKeeper::kSessionsPerRound);
}

TEST_F(SessionKeepers, WhereTheRingIsFullTheRoundGoesOnLater) {
  accept("one", "alice", 5, {a_});
  while (!kept_->reserve(1000).empty()) kept_->commit(1000);
  keeper_->ask(1);
  EXPECT_TRUE(keeper_->turn(*desk_));
  EXPECT_TRUE(keeper_->turn(*desk_));
  kept_->release(kept_->readable().size());
  EXPECT_FALSE(keeper_->turn(*desk_));
  EXPECT_THAT(take(), ElementsAre(KeptKind::kWalked, KeptKind::kWalkEnd));
  EXPECT_EQ(keeper_->lost(), 0U);
}

TEST_F(SessionKeepers, WhatEndsBehindTheRoundIsNotThereAgain) {
  accept("one", "alice", 5, {a_});
  walk(1);
  end("one", 6);
  EXPECT_THAT(news(), ElementsAre(KeptKind::kOver));
  EXPECT_EQ(restored(), Restored(0, 0));
}

TEST_F(SessionKeepers, WhoLosesHisAddressIsNotTakenForItsHolder) {
  accept("one", "alice", 5, {a_, b_});
  walk(1);
  accept("two", "bob", 6, {a_});
  EXPECT_THAT(news(), ElementsAre(KeptKind::kChanged, KeptKind::kGrown));
  EXPECT_EQ(restored(), Restored(2, 0));
  EXPECT_THAT(holders(a_), ElementsAre(book_->key(SessionSource::kRadius, 0, as_bytes("two"))));
  EXPECT_THAT(holders(b_), ElementsAre(book_->key(SessionSource::kRadius, 0, as_bytes("one"))));
}

TEST_F(SessionKeepers, ANameThatIsReplacedIsForgottenThoughItIsNobodysTargets) {
  accept("one", "alice", 5, {a_});
  walk(1);
  change("one", "bob", AccessEvent::kUpdate, 6, {a_});
  EXPECT_THAT(news(), ElementsAre(KeptKind::kChanged));
  EXPECT_EQ(restored(), Restored(1, 0));
  EXPECT_EQ(known_as("alice"), 0U);
  EXPECT_EQ(known_as("bob"), 1U);
}

TEST_F(SessionKeepers, WhatChangesNothingOfASessionThatIsNobodysTargetIsNotTold) {
  accept("one", "alice", 5, {a_});
  walk(1);
  change("one", "alice", AccessEvent::kUpdate, 6, {a_});
  EXPECT_THAT(news(), IsEmpty());
}

TEST_F(SessionKeepers, HalfOfTheRingIsForWhatMustNotBeLost) {
  accept("one", "alice", 5, {a_});
  walk(1);
  for (int i = 0; keeper_->untold() == 0; ++i) accept("more " + std::to_string(i % 50), "bob", 6 + i, {b_});
  EXPECT_EQ(keeper_->lost(), 0U);
  end("one", 10'000);
  EXPECT_EQ(keeper_->lost(), 0U);
  keeper_->turn(*desk_);
  EXPECT_THAT(take(), testing::Contains(KeptKind::kOver));
}

TEST_F(SessionKeepers, WhatBecomesOfATargetsSessionIsToldAtOnce) {
  watch({task(1, {"alice"})});
  walk(1);
  accept("one", "alice", 5, {a_});
  EXPECT_THAT(news(), ElementsAre(KeptKind::kGrown));
  EXPECT_EQ(restored(), Restored(1, 1));
  end("one", 6);
  EXPECT_THAT(news(), ElementsAre(KeptKind::kOver));
  EXPECT_EQ(restored(), Restored(0, 0));
}

TEST_F(SessionKeepers, AWarrantThatBeginsInMidSessionIsTold) {
  accept("one", "alice", 5, {a_});
  walk(1);
  watch({task(1, {"alice"})}, 6);
  EXPECT_THAT(news(), ElementsAre(KeptKind::kGrown));
  EXPECT_EQ(restored(), Restored(1, 1));
}

TEST_F(SessionKeepers, ASessionThatTookANameWhichNobodyAsksForDoesNotGoOnUnderItsCin) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 5, {a_});
  walk(1);
  change("one", "bob", AccessEvent::kUpdate, 6, {a_});
  EXPECT_THAT(news(), ElementsAre(KeptKind::kChanged));
  EXPECT_EQ(restored(), Restored(1, 0));
}

TEST_F(SessionKeepers, WhatAFormerProcessFollowedIsKeptThoughItsTaskHasNotComeYet) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 5, {a_});
  walk(1);
  book_ = *SessionBook::make({.sessions_max = 64, .cells_bytes_max = 65'536});
  keeper_ = std::make_unique<SessionKeeper>(*kept_, *book_);
  desk_ = std::make_unique<SessionDesk>(
      SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}, .keeper = keeper_.get()}, *book_);
  ASSERT_TRUE(restore_snapshot(items_, [this](uint16_t /*set*/) {
                return SnapshotOwner{book_.get(), desk_.get()};
              }).ok());
  items_.clear();
  walk(1);
  EXPECT_EQ(restored(), Restored(1, 1));
}

TEST_F(SessionKeepers, NewsThatFindNoRoomAreCounted) {
  accept("one", "alice", 5, {a_});
  while (!kept_->reserve(16).empty()) kept_->commit(16);
  end("one", 6);
  EXPECT_EQ(keeper_->lost(), 1U);
}

}  // namespace
}  // namespace lictor
