// Which occurrences of a packet are let through, and what is never taken for a duplicate.
#include "dataplane/packet/deduplicator.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/dataplane/packet/level_of.h"

namespace lictor {
namespace {

constexpr int64_t kWindow = 50'000'000;
constexpr Hash128 kPacket{11, 0};
constexpr uint16_t kA = 0;
constexpr uint16_t kB = 1;
constexpr uint16_t kC = 5;

struct Group : Deduplicator {
  Group(std::initializer_list<uint16_t> ports, size_t places = 64)
      : Group(ports, places, std::make_unique<Counter>()) {}
  [[nodiscard]] uint64_t evicted() const { return evicted_->get(); }

 private:
  Group(std::initializer_list<uint16_t> ports, size_t places, std::unique_ptr<Counter> evicted)
      : Deduplicator({.places = places, .window_ns = kWindow, .ports = mask_of(ports), .evicted = evicted.get()}),
        evicted_(std::move(evicted)) {}
  static uint32_t mask_of(std::initializer_list<uint16_t> ports) {
    uint32_t mask = 0;
    for (const uint16_t port : ports) mask |= 1U << port;
    return mask;
  }
  std::unique_ptr<Counter> evicted_;
};

TEST(Deduplicator, TheSamePacketFromAnotherPortIsADuplicate) {
  Group group({kA, kB});
  EXPECT_FALSE(group.is_duplicate(kPacket, kA, {0}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kB, {1000}));
}

TEST(Deduplicator, WhatOnePortSeesAgainIsNoDuplicate) {
  Group group({kA, kB});
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(group.is_duplicate(kPacket, kA, {i})) << i;
}

TEST(Deduplicator, TheKthAtOnePortStandsForTheKthAtTheOther) {
  Group group({kA, kB});
  EXPECT_FALSE(group.is_duplicate(kPacket, kA, {0}));
  EXPECT_FALSE(group.is_duplicate(kPacket, kA, {1}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kB, {2}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kB, {3}));
  EXPECT_FALSE(group.is_duplicate(kPacket, kB, {4}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kA, {5}));
}

TEST(Deduplicator, EveryPortOfTheGroupMayShowItOnce) {
  Group group({kA, kB, kC});
  EXPECT_FALSE(group.is_duplicate(kPacket, kB, {0}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kC, {1}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kA, {2}));
  EXPECT_FALSE(group.is_duplicate(kPacket, kC, {3}));
}

TEST(Deduplicator, TheWindowHasItsLengthInBothDirections) {
  for (const int64_t sign : {1, -1}) {
    Group group({kA, kB});
    EXPECT_FALSE(group.is_duplicate(kPacket, kA, {0}));
    EXPECT_FALSE(group.is_duplicate(kPacket, kB, {sign * (kWindow + 1)}));
    Group other({kA, kB});
    EXPECT_FALSE(other.is_duplicate(kPacket, kA, {0}));
    EXPECT_TRUE(other.is_duplicate(kPacket, kB, {sign * kWindow}));
  }
}

TEST(Deduplicator, StampsAtTheEndsOfTimeDoNoHarm) {
  Group group({kA, kB});
  EXPECT_FALSE(group.is_duplicate(kPacket, kA, {INT64_MIN}));
  EXPECT_FALSE(group.is_duplicate(kPacket, kB, {INT64_MAX}));
  EXPECT_TRUE(group.is_duplicate(kPacket, kA, {INT64_MAX - 1}));
}

TEST(Deduplicator, OtherPacketsAreOthers) {
  Group group({kA, kB});
  EXPECT_FALSE(group.is_duplicate({11, 0}, kA, {0}));
  EXPECT_FALSE(group.is_duplicate({12, 0}, kB, {0}));
  EXPECT_FALSE(group.is_duplicate({11, 1}, kB, {0}));
}

TEST(Deduplicator, AFullBucketForgetsTheOldestAndCountsIt) {
  Group group({kA, kB}, 8);
  for (uint64_t i = 0; i < 9; ++i) EXPECT_FALSE(group.is_duplicate({i, 0}, kA, {static_cast<int64_t>(i)}));
  EXPECT_EQ(group.evicted(), 1U);
  EXPECT_TRUE(group.is_duplicate({8, 0}, kB, {10}));
  EXPECT_TRUE(group.is_duplicate({1, 0}, kB, {10}));
  EXPECT_FALSE(group.is_duplicate({0, 0}, kB, {10})) << "forgotten: delivered twice, and not lost";
  EXPECT_EQ(group.evicted(), 1U) << "places that every port has taken up are free";
}

TEST(Deduplicator, WhatHasLeftTheWindowIsNotEvicted) {
  Group group({kA, kB}, 8);
  for (uint64_t i = 0; i < 64; ++i) {
    EXPECT_FALSE(group.is_duplicate({i, 0}, kA, {static_cast<int64_t>(i) * (kWindow / 8 + 1)}));
  }
  EXPECT_EQ(group.evicted(), 0U);
}

// One tap before a router and one behind it: a tag on the one side, a hop less on the other. The host repeats its
// segment, and both taps see that too.
TEST(Deduplicator, ATaggedLegWithAnotherHopCountGivesEachSegmentOnce) {
  const HashKey key = HashKey::random();
  const TaskMatch task{.slot = TaskSlot{0}};
  const Octets segment = {0x0f, 0xa0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0xaa, 0xbb, 0, 0, 'h', 'i'};
  const Octets packet = ipv4({.protocol = 6}, segment);
  Octets routed = packet;
  routed[8] = 63;
  Octets repeated = packet;
  repeated[5] = 2;  // the next identification
  Octets repeated_routed = repeated;
  repeated_routed[8] = 63;

  Group group({kA, kB});
  const auto is_duplicate = [&](const Octets& frame, uint16_t port, int64_t time_ns) {
    return group.is_duplicate(identity_of(packet_identity(key, level_of(frame), frame), task.slot), port, {time_ns});
  };
  EXPECT_FALSE(is_duplicate(ethernet(kIpv4Type, packet, {{0x8100, 100}}), kA, 0));
  EXPECT_TRUE(is_duplicate(ethernet(kIpv4Type, routed), kB, 500));
  EXPECT_FALSE(is_duplicate(ethernet(kIpv4Type, repeated, {{0x8100, 100}}), kA, 3000));
  EXPECT_TRUE(is_duplicate(ethernet(kIpv4Type, repeated_routed), kB, 3500));
  // The very same octets again, as a host without identifications sends them.
  EXPECT_FALSE(is_duplicate(ethernet(kIpv4Type, packet, {{0x8100, 100}}), kA, 6000));
  EXPECT_TRUE(is_duplicate(ethernet(kIpv4Type, routed), kB, 6500));
}

}  // namespace
}  // namespace lictor
