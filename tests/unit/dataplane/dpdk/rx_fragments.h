// What tests of fragments in the rx loop share.
#pragma once

#include "tests/unit/dataplane/dpdk/rx_bench.h"
#include "tests/unit/dataplane/packet/fragment_octets.h"

namespace lictor {

constexpr int64_t kHour = 3600 * kNanosecondsPerSecond;

// That wait for the first for as long as a test may take.
inline RxBenchPlan patient() { return {.fragments = {.age_ns = kHour}}; }

inline void wait_for(const Counter& counter, uint64_t count) {
  while (counter.get() < count) std::this_thread::yield();
}

}  // namespace lictor
