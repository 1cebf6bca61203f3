// Random sights of few packets at several ports, against a reference that keeps everything in a list.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "dataplane/packet/deduplicator.h"

namespace lictor {
namespace {

constexpr int64_t kWindow = 1000;
constexpr uint16_t kPorts = 3;
constexpr uint32_t kGroup = (1U << kPorts) - 1;

struct Sight {
  uint64_t packet;
  uint16_t port;
  int64_t time;
};

class Reference {
 public:
  bool is_duplicate(const Sight& sight) {
    Occurrence* earliest = nullptr;
    for (Occurrence& each : occurrences_) {
      if (each.packet != sight.packet || std::abs(each.time - sight.time) > kWindow) continue;
      if (std::ranges::find(each.ports, sight.port) != each.ports.end()) continue;
      if (earliest == nullptr || each.time < earliest->time) earliest = &each;
    }
    if (earliest == nullptr) {
      occurrences_.push_back({sight.packet, sight.time, {sight.port}});
      return false;
    }
    earliest->ports.push_back(sight.port);
    return true;
  }

 private:
  struct Occurrence {
    uint64_t packet;
    int64_t time;
    std::vector<uint16_t> ports;
  };
  std::vector<Occurrence> occurrences_;
};

// Scattered over the buckets like a hash.
Hash128 identity_of(uint64_t packet) { return {packet, packet * 0x9e3779b97f4a7c15}; }

TEST(DeduplicatorProperty, AgreesWithAListWhereNothingIsEvicted) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Counter evicted;
    Deduplicator group({.places = 4096, .window_ns = kWindow, .ports = kGroup, .evicted = &evicted});
    Reference reference;
    int64_t time = 0;
    for (int i = 0; i < 300; ++i) {
      time += static_cast<int64_t>(random() % 340);
      const Sight sight{random() % 6, static_cast<uint16_t>(random() % kPorts), time};
      ASSERT_EQ(group.is_duplicate(identity_of(sight.packet), sight.port, {sight.time}), reference.is_duplicate(sight))
          << "seed " << seed << ", sight " << i;
      ASSERT_EQ(evicted.get(), 0U);
    }
  }
}

// Inside of one window the agency gets of each packet as many as the port gave that gave most, whatever the order.
TEST(DeduplicatorProperty, AsManyAreLetThroughAsThePortWithTheMostSaw) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    Counter evicted;
    Deduplicator group({.places = 4096, .window_ns = kWindow, .ports = kGroup, .evicted = &evicted});
    std::map<uint64_t, std::array<int, kPorts>> seen;
    std::map<uint64_t, int> through;
    for (int i = 0; i < 40; ++i) {
      const uint64_t packet = random() % 6;
      const auto port = static_cast<uint16_t>(random() % kPorts);
      if (++seen[packet][port] > 8) continue;
      through[packet] += group.is_duplicate(identity_of(packet), port, {i}) ? 0 : 1;
    }
    ASSERT_EQ(evicted.get(), 0U);
    for (const auto& [packet, counts] : seen) {
      EXPECT_EQ(through[packet], std::min(std::ranges::max(counts), 8)) << "seed " << seed;
    }
  }
}

// Too small a memory lets duplicates through; it never holds a first occurrence back.
TEST(DeduplicatorProperty, EvictionLosesNoPacket) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Counter evicted;
    Deduplicator group({.places = 8, .window_ns = kWindow, .ports = kGroup, .evicted = &evicted});
    std::map<uint64_t, std::array<int, kPorts>> seen;
    std::map<uint64_t, int> through;
    for (int i = 0; i < 500; ++i) {
      const uint64_t packet = random() % 30;
      const auto port = static_cast<uint16_t>(random() % kPorts);
      ++seen[packet][port];
      through[packet] += group.is_duplicate(identity_of(packet), port, {i}) ? 0 : 1;
    }
    EXPECT_GT(evicted.get(), 0U);
    for (const auto& [packet, counts] : seen) EXPECT_GE(through[packet], std::ranges::max(counts)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lictor
