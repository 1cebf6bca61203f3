// The clock that is counted on between two readings.
#include "dataplane/dpdk/burst_clock.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(BurstClock, IsBarelyBehindTheLegalClockAndNeverAheadOfIt) {
  constexpr int64_t kBehindNsMax = 20'000;  // a tenth of what lies between two readings
  BurstClock clock;
  const LegalTime start = legal_now();
  while (legal_now().unix_ns - start.unix_ns < 20 * static_cast<int64_t>(BurstClock::kCountedNsMax)) {
    const LegalTime before = legal_now();
    const LegalTime between = clock.now();
    const LegalTime after = legal_now();
    ASSERT_GE(between.unix_ns, before.unix_ns - kBehindNsMax);
    ASSERT_LE(between, after);
  }
}

}  // namespace
}  // namespace lictor
