// The clock that is counted on between two readings.
#include "dataplane/dpdk/burst_clock.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr uint64_t kHz = 2'000'000'000;  // two ticks a nanosecond
constexpr uint64_t kStart = 1'000'000'000;
constexpr LegalTime kRead{5'000'000'000};

TEST(CountedTime, IsBarelyBehindTheClockAndNeverAheadOfIt) {
  CountedTime counted(kHz);
  EXPECT_TRUE(counted.is_stale(kStart)) << "nothing was read yet";
  counted.read(kRead, kStart - 100, kStart);
  for (uint64_t ns = 0; ns <= CountedTime::kCountedNsMax; ++ns) {
    ASSERT_FALSE(counted.is_stale(kStart + 2 * ns));
    const int64_t counted_ns = counted.at(kStart + 2 * ns).unix_ns - kRead.unix_ns;
    ASSERT_LE(counted_ns, static_cast<int64_t>(ns));
    ASSERT_GE(counted_ns, static_cast<int64_t>(ns) - 200);
  }
  EXPECT_TRUE(counted.is_stale(kStart + 2 * CountedTime::kCountedNsMax + 2));
}

TEST(CountedTime, CounterThatWentBackIsStale) {
  CountedTime counted(kHz);
  counted.read(kRead, kStart - 100, kStart);
  EXPECT_TRUE(counted.is_stale(kStart - 1));
}

TEST(CountedTime, InterruptedReadingIsNotCountedOnFrom) {
  CountedTime counted(kHz);
  counted.read(kRead, kStart - 2 * CountedTime::kReadingNsMax - 2, kStart);
  EXPECT_TRUE(counted.is_stale(kStart));
  counted.read(kRead, kStart - 2 * CountedTime::kReadingNsMax, kStart);
  EXPECT_FALSE(counted.is_stale(kStart));
}

TEST(BurstClock, IsNeverAheadOfTheLegalClock) {
  BurstClock clock;
  for (int i = 0; i < 100'000; ++i) {
    const LegalTime now = clock.now();
    ASSERT_LE(now, legal_now());
  }
}

}  // namespace
}  // namespace lictor
