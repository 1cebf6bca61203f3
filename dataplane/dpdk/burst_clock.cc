#include "dataplane/dpdk/burst_clock.h"

#include <rte_cycles.h>

namespace lictor {
namespace {

constexpr unsigned kFraction = 32;
constexpr uint64_t kSlower = 1024;  // a part of so many

}  // namespace

CountedTime::CountedTime(uint64_t counter_hz)
    : ns_per_tick_((uint64_t{kNanosecondsPerSecond} << kFraction) / counter_hz / kSlower * (kSlower - 1)),
      ticks_max_(counter_hz / (kNanosecondsPerSecond / kCountedNsMax)),
      reading_max_(counter_hz / (kNanosecondsPerSecond / kReadingNsMax)) {}

void CountedTime::read(LegalTime time, uint64_t before, uint64_t after) {
  if (after - before > reading_max_) return;
  read_ = time;
  read_at_ = after;  // what lies between is behind, not ahead
}

LegalTime CountedTime::at(uint64_t ticks) const {
  return {read_.unix_ns + static_cast<int64_t>((ticks - read_at_) * ns_per_tick_ >> kFraction)};
}

BurstClock::BurstClock() : counted_(rte_get_tsc_hz()) {}

LegalTime BurstClock::now() noexcept {
  const uint64_t ticks = rte_rdtsc();
  if (!counted_.is_stale(ticks)) [[likely]]
    return counted_.at(ticks);
  const LegalTime time = legal_now();
  counted_.read(time, ticks, rte_rdtsc());
  set_back_ns_ = latest_.at(time, socket_now()).unix_ns - time.unix_ns;
  return time;
}

}  // namespace lictor
