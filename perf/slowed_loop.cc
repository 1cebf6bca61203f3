#include "perf/slowed_loop.h"

#include <rte_cycles.h>

namespace lictor::perf {

SlowedLoop::SlowedLoop(Loop& loop, double added_ns, std::function<uint64_t()> units)
    : loop_(loop),
      added_cycles_(added_ns * static_cast<double>(rte_get_tsc_hz()) / 1e9),
      units_(std::move(units)),
      units_seen_(units_()) {}

bool SlowedLoop::round() noexcept {
  units_seen_ = units_();  // others may have run the same loop meanwhile
  const bool worked = loop_.round();
  const auto added = static_cast<uint64_t>(static_cast<double>(units_() - units_seen_) * added_cycles_);
  for (const uint64_t until = rte_rdtsc() + added; rte_rdtsc() < until;) {
  }
  return worked;
}

}  // namespace lictor::perf
