// Frames of one queue that the prefilter let through, until they are looked into: with the moment of their arrival, and
// the legal time that the ends of windows are held against. They keep their buffers. One rx lcore each.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/dpdk/arrival_stamps.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/target_rule.h"

struct rte_mbuf;

namespace lictor {

struct Candidates {
  size_t count = 0;
  std::array<rte_mbuf*, kBurst> frames;
  std::array<PacketTime, kBurst> arrival;
  std::array<LegalTime, kBurst> latest;

  // Whether those of a burst find room whose bits are set in `chosen`.
  [[nodiscard]] bool has_room_for(uint32_t chosen) const noexcept;
  // Takes them over, in order. `stamps` are the queue's; `time` was read after the burst had been received.
  void add(const std::array<rte_mbuf*, kBurst>& burst, uint32_t chosen, ArrivalStamps& stamps,
           LegalInstant time) noexcept;
};

// Leaves the others of a burst of `count` at its beginning, in whatever order; how many they are.
size_t leave_others(std::array<rte_mbuf*, kBurst>& burst, size_t count, uint32_t chosen) noexcept;

}  // namespace lictor
