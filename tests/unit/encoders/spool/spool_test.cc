// Spool: order, bounds, publication, and a writer and a reader on two threads.

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "encoders/spool/memory_spool.h"

namespace lictor {
namespace {

std::unique_ptr<Spool> spool_of(size_t bytes) {
  Result<std::unique_ptr<Spool>> spool = MemorySpool::make(bytes);
  EXPECT_TRUE(spool.ok()) << spool.status();
  return *std::move(spool);
}

void append(Spool& spool, uint32_t slot, size_t bytes, uint8_t fill) {
  const MutableBytes room = spool.reserve(bytes);
  ASSERT_EQ(room.size(), bytes);
  std::ranges::fill(room, fill);
  spool.append(TaskSlot{slot}, bytes);
}

TEST(Spool, ShowsRecordsInOrderOnceTheyArePublished) {
  const auto spool = spool_of(1 << 16);
  append(*spool, 1, 100, 0xaa);
  append(*spool, 2, 50, 0xbb);
  EXPECT_FALSE(spool->entry(0).has_value());
  spool->publish();
  EXPECT_EQ(spool->entry(0)->bytes, 100u);
  EXPECT_EQ(spool->entry(1)->slot, TaskSlot{2});
  EXPECT_FALSE(spool->entry(2).has_value());
  ASSERT_EQ(spool->readable().size(), 150u);
  EXPECT_EQ(spool->readable()[99], 0xaa);
  EXPECT_EQ(spool->readable()[100], 0xbb);
  EXPECT_EQ(spool->backlog_records(), 2u);
  EXPECT_EQ(spool->backlog_bytes(), 150u);
  spool->release_one();
  EXPECT_EQ(spool->entry(0)->bytes, 50u);
  EXPECT_EQ(spool->readable().front(), 0xbb);
}

TEST(Spool, ReservesMoreThanARecordTurnsOutToNeed) {
  const auto spool = spool_of(1 << 16);
  ASSERT_FALSE(spool->reserve(500).empty());
  spool->append(TaskSlot{3}, 20);
  append(*spool, 3, 30, 1);
  spool->publish();
  EXPECT_EQ(spool->backlog_bytes(), 50u);
}

TEST(Spool, RefusesARecordThatDoesNotFitAndTakesItAfterARelease) {
  const auto spool = spool_of(1 << 16);
  append(*spool, 1, 60'000, 1);
  spool->publish();
  EXPECT_FALSE(spool->has_room(10'000));
  EXPECT_TRUE(spool->reserve(10'000).empty());
  spool->release_one();
  EXPECT_TRUE(spool->has_room(10'000));
  EXPECT_FALSE(spool->reserve(10'000).empty());
}

TEST(Spool, ManyTinyRecordsAreBoundedByTheIndexAndNotLost) {
  const auto spool = spool_of(1 << 16);
  uint64_t appended = 0;
  while (spool->has_room(1)) {
    append(*spool, 1, 1, 7);
    ++appended;
  }
  spool->publish();
  EXPECT_EQ(spool->backlog_records(), appended);
  EXPECT_TRUE(spool->reserve(1).empty());
}

TEST(Spool, HandsEveryRecordOverInOrderBetweenTwoThreads) {
  constexpr uint32_t kRecords = 50'000;
  const auto spool = spool_of(1 << 16);
  std::thread writer([&spool] {
    for (uint32_t i = 0; i < kRecords;) {
      const size_t bytes = 1 + i % 900;
      if (!spool->has_room(bytes)) {
        spool->publish();
        std::this_thread::yield();
        continue;
      }
      std::ranges::fill(spool->reserve(bytes), static_cast<uint8_t>(i));
      spool->append(TaskSlot{i}, bytes);
      if (++i % 5 == 0) spool->publish();
    }
    spool->publish();
  });
  for (uint32_t expected = 0; expected < kRecords;) {
    const std::optional<SpoolEntry> entry = spool->entry(0);
    if (!entry) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(entry->slot, TaskSlot{expected});
    const Bytes record = spool->readable().first(entry->bytes);
    ASSERT_TRUE(std::ranges::all_of(record, [&](uint8_t byte) { return byte == static_cast<uint8_t>(expected); }));
    spool->release_one();
    ++expected;
  }
  writer.join();
}

}  // namespace
}  // namespace lictor
