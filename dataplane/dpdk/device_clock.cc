// rte_eth_read_clock is the only call of DPDK that we use before it is declared stable: there is no other.
#define ALLOW_EXPERIMENTAL_API

#include "dataplane/dpdk/device_clock.h"

#include <rte_ethdev.h>

#include <ctime>

namespace lictor {
namespace {

constexpr int kReadings = 5;  // one may be preempted, or wait for the card's firmware

std::optional<uint64_t> read_ticks(uint16_t id, DeviceClock clock) {
  if (clock == DeviceClock::kCounter) {
    uint64_t ticks = 0;
    if (rte_eth_read_clock(id, &ticks) == 0) return ticks;
  } else if (clock == DeviceClock::kPtp) {
    timespec time{};
    if (rte_eth_timesync_read_time(id, &time) == 0) {
      return static_cast<uint64_t>(time.tv_sec) * kNanosecondsPerSecond + static_cast<uint64_t>(time.tv_nsec);
    }
  }
  return std::nullopt;
}

}  // namespace

DeviceClock find_device_clock(uint16_t id) {
  if (read_ticks(id, DeviceClock::kCounter)) return DeviceClock::kCounter;
  if (rte_eth_timesync_enable(id) == 0 && read_ticks(id, DeviceClock::kPtp)) return DeviceClock::kPtp;
  return DeviceClock::kNone;
}

std::optional<ClockSample> read_device_clock(uint16_t id, DeviceClock clock) {
  std::optional<ClockSample> best;
  for (int i = 0; i < kReadings; ++i) {
    const LegalTime before = legal_now();
    const std::optional<uint64_t> ticks = read_ticks(id, clock);
    const LegalTime after = legal_now();
    if (!ticks) return std::nullopt;
    const ClockSample sample{.ticks = *ticks, .before = before, .after = after};
    if (!best || sample.doubt_ns() < best->doubt_ns()) best = sample;
  }
  return best;
}

}  // namespace lictor
