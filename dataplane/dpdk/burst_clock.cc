#include "dataplane/dpdk/burst_clock.h"

#include <rte_cycles.h>

namespace lictor {
namespace {

constexpr unsigned kFraction = 32;
constexpr uint64_t kSlower = 1024;  // a part of so many

}  // namespace

BurstClock::BurstClock()
    : ns_per_tick_((uint64_t{kNanosecondsPerSecond} << kFraction) / rte_get_tsc_hz() / kSlower * (kSlower - 1)),
      ticks_max_(rte_get_tsc_hz() / (kNanosecondsPerSecond / kCountedNsMax)) {}

LegalTime BurstClock::now() noexcept {
  const uint64_t ticks = rte_rdtsc() - read_at_;
  // Unsigned: a counter that went back is far ahead, and the clock is read.
  if (ticks > ticks_max_) [[unlikely]] {
    read_ = legal_now();
    read_at_ = rte_rdtsc();  // after it: what lies between the two is behind, not ahead
    return read_;
  }
  return {read_.unix_ns + static_cast<int64_t>(ticks * ns_per_tick_ >> kFraction)};
}

}  // namespace lictor
