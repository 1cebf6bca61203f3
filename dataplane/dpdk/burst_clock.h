// The legal clock for a loop that asks it at every burst: read once in a while, and between two readings counted on by
// the processor's own counter. A reading is 25 ns in a loop of its own and 400 ns between packets, which leave nothing
// of it in the caches. One lcore each.
#pragma once

#include <cstdint>

#include "dataplane/base/clock.h"

namespace lictor {

class BurstClock {
 public:
  static constexpr uint64_t kCountedNsMax = 200'000;

  BurstClock();

  // legal_now() or, in between, up to 200 ns less: it counts a thousandth too slow, so that it is never ahead however
  // the counter's rate was rounded, and never goes back where the clock is read. A step of the clock shows
  // kCountedNsMax later.
  LegalTime now() noexcept;

 private:
  const uint64_t ns_per_tick_;  // a fixed-point number
  const uint64_t ticks_max_;    // from one reading to the next
  LegalTime read_;
  uint64_t read_at_ = 0;  // the counter at that moment
};

}  // namespace lictor
