// SpscByteRing: contiguity over the wrap, bounds, visibility, and two threads.

#include "dataplane/base/spsc_byte_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <thread>

namespace lictor {
namespace {

std::unique_ptr<SpscByteRing> ring_of(size_t bytes) {
  Result<std::unique_ptr<SpscByteRing>> ring = SpscByteRing::make(bytes);
  EXPECT_TRUE(ring.ok()) << ring.status();
  return std::move(*ring);
}

TEST(SpscByteRing, IsRefusedOutsideItsBounds) {
  EXPECT_FALSE(SpscByteRing::make(SpscByteRing::kBytesMin - 1).ok());
  EXPECT_FALSE(SpscByteRing::make(SpscByteRing::kBytesMax + 1).ok());
}

TEST(SpscByteRing, ShowsNothingBeforeItIsPublished) {
  const auto ring = ring_of(SpscByteRing::kBytesMin);
  ring->reserve(8)[0] = 7;
  ring->commit(8);
  EXPECT_TRUE(ring->readable().empty());
  ring->publish();
  ASSERT_EQ(ring->readable().size(), 8u);
  EXPECT_EQ(ring->readable()[0], 7);
}

TEST(SpscByteRing, FillsToTheLastByteAndThenRefuses) {
  const auto ring = ring_of(SpscByteRing::kBytesMin);
  EXPECT_EQ(ring->reserve(ring->capacity()).size(), ring->capacity());
  EXPECT_TRUE(ring->reserve(ring->capacity() + 1).empty());
  ring->commit(ring->capacity());
  ring->publish();
  EXPECT_TRUE(ring->reserve(1).empty());
  EXPECT_EQ(ring->room(), 0u);
  ring->release(10);
  EXPECT_EQ(ring->reserve(10).size(), 10u);
  EXPECT_TRUE(ring->reserve(11).empty());
}

TEST(SpscByteRing, AsksForTheConsumersPlaceOnlyWhereTheRoomThatItKnowsIsTooLittle) {
  const auto ring = ring_of(SpscByteRing::kBytesMin);
  ASSERT_FALSE(ring->reserve(1000).empty());
  ring->commit(1000);
  ring->publish();
  ring->release(1000);
  EXPECT_EQ(ring->room_up_to(ring->capacity() - 1000), ring->capacity() - 1000) << "that much was known";
  EXPECT_EQ(ring->room_up_to(ring->capacity() - 999), ring->capacity());
}

TEST(SpscByteRing, IsContiguousOverTheWrap) {
  const auto ring = ring_of(SpscByteRing::kBytesMin);
  const size_t before = ring->capacity() - 100;
  ASSERT_FALSE(ring->reserve(before).empty());
  ring->commit(before);
  ring->publish();
  ring->release(before);
  const MutableBytes room = ring->reserve(300);
  ASSERT_EQ(room.size(), 300u);
  std::iota(room.begin(), room.end(), uint8_t{0});
  ring->commit(300);
  ring->publish();
  const Bytes seen = ring->readable();
  ASSERT_EQ(seen.size(), 300u);
  for (size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], static_cast<uint8_t>(i)) << i;
}

// Frames of a length octet pair and that many octets of the same value, in all lengths, through a ring that wraps
// often.
TEST(SpscByteRing, HandsEveryByteOverInOrderBetweenTwoThreads) {
  constexpr uint32_t kFrames = 50'000;
  const auto ring = ring_of(SpscByteRing::kBytesMin);
  std::thread producer([&ring] {
    for (uint32_t i = 0; i < kFrames;) {
      const size_t length = 4 + i % 1500;
      const MutableBytes room = ring->reserve(length);
      if (room.empty()) {
        std::this_thread::yield();
        continue;
      }
      std::fill(room.begin() + 4, room.end(), static_cast<uint8_t>(i));
      std::memcpy(room.data(), &i, 4);
      ring->commit(length);
      if (++i % 7 == 0 || i == kFrames) ring->publish();
      if (ring->room() < 2000) ring->publish();
    }
  });
  for (uint32_t expected = 0; expected < kFrames;) {
    const Bytes seen = ring->readable();
    if (seen.empty()) {
      std::this_thread::yield();
      continue;
    }
    uint32_t number = 0;
    std::memcpy(&number, seen.data(), 4);
    ASSERT_EQ(number, expected);
    const Bytes body = seen.subspan(4, expected % 1500);
    ASSERT_TRUE(std::ranges::all_of(body, [expected](uint8_t byte) { return byte == static_cast<uint8_t>(expected); }));
    ring->release(4 + expected % 1500);
    ++expected;
  }
  producer.join();
  EXPECT_EQ(ring->in_flight(), 0u);
}

}  // namespace
}  // namespace lictor
