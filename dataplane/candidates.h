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
  std::array<LegalTime, kBurst> earliest;  // before which it cannot have arrived

  // Whether those of a burst find room whose bits are set in `chosen`.
  [[nodiscard]] bool has_room_for(uint32_t chosen) const noexcept;
  // Takes them over, in order. `stamps` are the queue's; `time` was read after the burst had been received; `emptied`:
  // nothing that waited in the queue then is among them.
  void add(const std::array<rte_mbuf*, kBurst>& burst, uint32_t chosen, ArrivalStamps& stamps, LegalInstant time,
           LegalTime emptied) noexcept;
};

// Until when everything has been taken out of a queue that had come.
class QueueAge {
 public:
  // `waiting_max`: frames that the queue can hold; `begun`: nothing came before that anybody asks about.
  QueueAge(uint32_t waiting_max, LegalTime begun) : waiting_max_(waiting_max), emptied_(begun) {}

  [[nodiscard]] LegalTime emptied() const noexcept { return emptied_; }
  // The queue was asked for a burst at `asked`, and gave `count` frames.
  void took(LegalTime asked, size_t count) noexcept {
    taken_ += count;
    if (count == kBurst && taken_ < waiting_max_) return;
    // There was room in the burst, or all that can have waited at the mark is gone.
    emptied_ = count == kBurst ? mark_ : asked;
    mark_ = asked;
    taken_ = 0;
  }

 private:
  uint32_t waiting_max_;
  LegalTime emptied_;
  LegalTime mark_;
  uint64_t taken_ = 0;  // frames since the mark
};

// Leaves the others of a burst of `count` at its beginning, in whatever order; how many they are.
size_t leave_others(std::array<rte_mbuf*, kBurst>& burst, size_t count, uint32_t chosen) noexcept;

}  // namespace lictor
