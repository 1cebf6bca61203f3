#include "dataplane/dpdk/stamp_converter.h"

#include <algorithm>
#include <cmath>

namespace lictor {
namespace {

// Counters wrap: the difference of two readings is what counts.
double ticks_between(uint64_t from, uint64_t to) { return static_cast<double>(static_cast<int64_t>(to - from)); }

int64_t unix_ns_of(const StampMapping& mapping, uint64_t ticks) {
  return mapping.unix_ns + std::llround(ticks_between(mapping.ticks, ticks) * mapping.tick_ns);
}

double rate_between(const ClockSample& from, const ClockSample& to) {
  return static_cast<double>(to.middle_ns() - from.middle_ns()) / ticks_between(from.ticks, to.ticks);
}

}  // namespace

std::optional<PacketTime> StampMapping::time_of(uint64_t stamp, LegalTime now) const {
  if (tick_ns == 0 || std::abs(now.unix_ns - unix_ns) > StampConverter::kBehindMaxNs) return std::nullopt;
  const double distance_ns = ticks_between(ticks, stamp) * tick_ns;
  // Before it becomes an integer: a stamp from nowhere may be as far away as an integer does not reach.
  if (std::abs(distance_ns) > 2.0 * StampConverter::kBehindMaxNs) return std::nullopt;
  const int64_t at_ns = unix_ns + std::llround(distance_ns);
  if (at_ns > now.unix_ns + StampConverter::kAheadMaxNs || at_ns < now.unix_ns - StampConverter::kBehindMaxNs) {
    return std::nullopt;
  }
  return PacketTime{std::min(at_ns, now.unix_ns)};
}

void StampConverter::add(const ClockSample& sample) {
  if (sample.doubt_ns() < 0 || sample.doubt_ns() > kDoubtMaxNs) {
    ++doubtful_;
    return;
  }
  if (samples_.empty()) return restart(sample);
  const int64_t since_ns = sample.middle_ns() - samples_.back().middle_ns();
  const bool both_move = ticks_between(samples_.back().ticks, sample.ticks) > 0 && since_ns > 0;
  const bool first_rate = samples_.size() == 1;
  if (first_rate && both_move && since_ns < kBaselineMinNs) return;  // a sample that is further away will come
  const int64_t error_ns = sample.middle_ns() - unix_ns_of(mapping_, sample.ticks);
  if (!both_move || (!first_rate && std::abs(error_ns) > kStepNs)) {
    ++steps_;
    return restart(sample);
  }
  samples_.push_back(sample);
  if (samples_.size() > kSamplesMax) samples_.pop_front();
  const double rate = rate_between(samples_.front(), sample);
  if (first_rate) return publish({.ticks = sample.ticks, .unix_ns = sample.middle_ns(), .tick_ns = rate});
  // From where the mapping is now, at a rate that meets the host's clock one interval from here.
  const double slew = std::clamp(static_cast<double>(error_ns) / static_cast<double>(since_ns), -kSlewMax, kSlewMax);
  publish({.ticks = sample.ticks, .unix_ns = unix_ns_of(mapping_, sample.ticks), .tick_ns = rate * (1 + slew)});
}

// Either clock was set: what was learnt is of no use, and until the next sample the old rate has to do from here on.
void StampConverter::restart(const ClockSample& sample) {
  samples_.assign(1, sample);
  publish({.ticks = sample.ticks, .unix_ns = sample.middle_ns(), .tick_ns = mapping_.tick_ns});
}

void StampConverter::publish(const StampMapping& mapping) {
  mapping_ = mapping;
  const uint64_t next = published_.load(std::memory_order_relaxed) + 1;
  Slot& slot = slots_[next % slots_.size()];
  // Pairs with the reader's: who sees what is stored next also sees that the slot was left before.
  std::atomic_thread_fence(std::memory_order_release);
  slot.ticks.store(mapping.ticks, std::memory_order_relaxed);
  slot.unix_ns.store(mapping.unix_ns, std::memory_order_relaxed);
  slot.tick_ns.store(mapping.tick_ns, std::memory_order_relaxed);
  published_.store(next, std::memory_order_release);
}

StampMapping StampConverter::current() const noexcept {
  for (;;) {
    const uint64_t before = published_.load(std::memory_order_acquire);
    const Slot& slot = slots_[before % slots_.size()];
    const StampMapping mapping{.ticks = slot.ticks.load(std::memory_order_relaxed),
                               .unix_ns = slot.unix_ns.load(std::memory_order_relaxed),
                               .tick_ns = slot.tick_ns.load(std::memory_order_relaxed)};
    std::atomic_thread_fence(std::memory_order_acquire);
    // Another slot may have been published meanwhile, and this one be in use again.
    if (published_.load(std::memory_order_relaxed) == before) return mapping;
  }
}

}  // namespace lictor
