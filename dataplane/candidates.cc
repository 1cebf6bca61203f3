#include "dataplane/candidates.h"

#include <bit>

namespace lictor {

bool Candidates::has_room_for(uint32_t chosen) const noexcept {
  return count + static_cast<size_t>(std::popcount(chosen)) <= kBurst;
}

void Candidates::add(const std::array<rte_mbuf*, kBurst>& burst, uint32_t chosen, ArrivalStamps& stamps,
                     LegalInstant time, LegalTime emptied) noexcept {
  stamps.begin_burst(time.now);
  for (; chosen != 0; chosen &= chosen - 1) {
    const auto at = static_cast<size_t>(std::countr_zero(chosen));
    rte_mbuf* const frame = burst[at];
    frames[count] = frame;
    arrival[count] = stamps.of(*frame, at);
    earliest[count] = stamps.are_of_reception() ? emptied : stamps.legal_time_of(arrival[count]);
    latest[count++] = time.latest;
  }
}

size_t leave_others(std::array<rte_mbuf*, kBurst>& burst, size_t count, uint32_t chosen) noexcept {
  // From the last one on: what takes a chosen one's place is none itself.
  for (; chosen != 0; chosen &= ~std::bit_floor(chosen)) {
    burst[static_cast<size_t>(std::bit_width(chosen) - 1)] = burst[--count];
  }
  return count;
}

}  // namespace lictor
