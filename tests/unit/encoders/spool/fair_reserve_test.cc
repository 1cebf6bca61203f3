// FairReserve: what is left of a buffer is shared out among those who ask for it.
#include "encoders/spool/fair_reserve.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr uint64_t kCapacity = 1 << 20;

TEST(FairReserve, RefusesNobodyWhileThereIsRoom) {
  FairReserve reserve;
  reserve.look({.free = kCapacity / FairReserve::kTightPart, .capacity = kCapacity});
  EXPECT_FALSE(reserve.tight());
}

TEST(FairReserve, StaysTightUntilAQuarterIsFree) {
  FairReserve reserve;
  reserve.look({.free = kCapacity / 8 - 1, .capacity = kCapacity});
  EXPECT_TRUE(reserve.tight());
  reserve.look({.free = kCapacity / 4 - 1, .capacity = kCapacity});
  EXPECT_TRUE(reserve.tight());
  reserve.look({.free = kCapacity / 4, .capacity = kCapacity});
  EXPECT_FALSE(reserve.tight());
}

// The flood takes what it gets; whoever sends little finds room all the same.
TEST(FairReserve, OneThatFloodsLeavesRoomForTheOthers) {
  FairReserve reserve;
  uint64_t left = kCapacity / 8 - 1;
  uint64_t refused = 0;
  for (int round = 0; round < 200; ++round) {
    reserve.look({.free = left, .capacity = kCapacity});
    for (int i = 0; i < 99; ++i) {
      const bool admitted = reserve.admits(1, 1000);
      refused += admitted ? 0 : 1;
      left -= admitted && left >= 1000 ? 1000 : 0;
    }
    ASSERT_TRUE(reserve.admits(2, 100)) << round;
  }
  EXPECT_GT(refused, 10'000u);
}

TEST(FairReserve, WhoeverSharesAPlaceWithTheFloodDoesNotWipeItsAccount) {
  FairReserve reserve;
  reserve.look({.free = kCapacity / 8 - 1, .capacity = kCapacity});
  uint64_t admitted = 0;
  for (uint32_t round = 0; round < 1000; ++round) {
    admitted += reserve.admits(1, 1000) ? 1 : 0;
    ASSERT_TRUE(reserve.admits(1 + FairReserve::kSets, 10));
    ASSERT_TRUE(reserve.admits(1 + 2 * FairReserve::kSets, 10));
    static_cast<void>(reserve.admits(1 + (3 + round) * FairReserve::kSets, 10));  // one after the other
  }
  EXPECT_LT(admitted, kCapacity / 16 / 1000 + 1);
}

TEST(FairReserve, WhereTheOldestGivesWayWhatWasTakenLongAgoCountsNoMore) {
  FairReserve reserve;
  reserve.look({.free = 0, .capacity = kCapacity, .oldest_gives_way = true});
  EXPECT_TRUE(reserve.admits(1, kCapacity));  // the first is let pass
  EXPECT_FALSE(reserve.admits(1, 1000));
  for (int i = 0; i < 1000; ++i) reserve.admits(2, kCapacity / 8);
  EXPECT_TRUE(reserve.admits(1, 1000));
}

TEST(FairReserve, WhereTheOldestGivesWayOnlyTheFloodIsRefused) {
  FairReserve reserve;
  reserve.look({.free = 0, .capacity = kCapacity, .oldest_gives_way = true});
  uint64_t admitted = 0;
  for (int round = 0; round < 10'000; ++round) {
    for (int i = 0; i < 20; ++i) admitted += reserve.admits(1, 1000) ? 1000 : 0;
    ASSERT_TRUE(reserve.admits(2, 1000)) << round;
  }
  EXPECT_LT(admitted, 10'000u * 20 * 1000 / 10);
  EXPECT_GT(admitted, 0u);
}

TEST(FairReserve, TheScarcerOfTwoBuffersCounts) {
  const BufferRoom small{.free = 10'000, .capacity = 100'000};
  const BufferRoom large{.free = uint64_t{1} << 40, .capacity = uint64_t{1} << 42};
  EXPECT_EQ(BufferRoom::scarcer(small, large).capacity, small.capacity);
  EXPECT_EQ(BufferRoom::scarcer(large, small).capacity, small.capacity);
}

}  // namespace
}  // namespace lictor
