// Paces what is sent: so many bits a second on the average, and no more at once than kBurstNs of it. What is sent in
// one piece may be more than is left; the next waits the longer. Shared by the connections of a destination, so any
// thread; the time is given.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/clock.h"

namespace lictor {

class TokenBucket {
 public:
  static constexpr int64_t kBurstNs = 50'000'000;
  static constexpr uint64_t kRateMinBps = 64'000;
  static constexpr uint64_t kRateMaxBps = 400'000'000'000;

  // 0: no bound.
  void set_rate(uint64_t bits_per_s) { octets_per_s_.store(bits_per_s / 8, std::memory_order_relaxed); }

  // Octets that may be sent now; SIZE_MAX where there is no bound.
  size_t available(SocketTime now) {
    const uint64_t rate = octets_per_s_.load(std::memory_order_relaxed);
    if (rate == 0) return SIZE_MAX;
    refill(rate, now);
    return static_cast<size_t>(std::max<int64_t>(0, octets_.load(std::memory_order_relaxed)));
  }
  void take(size_t octets) {
    if (octets_per_s_.load(std::memory_order_relaxed) == 0) return;
    octets_.fetch_sub(static_cast<int64_t>(octets), std::memory_order_relaxed);
  }

 private:
  void refill(uint64_t rate, SocketTime now) {
    int64_t last = filled_ns_.load(std::memory_order_relaxed);
    const auto elapsed = static_cast<uint64_t>(std::clamp<int64_t>(now.ns - last, 0, kBurstNs));
    const uint64_t earned = rate * elapsed / kNanosecondsPerSecond;
    if (earned == 0) return;
    // What is not yet a whole octet goes on counting; a long pause does not.
    const auto used = static_cast<int64_t>(earned * kNanosecondsPerSecond / rate);
    const int64_t next = elapsed == static_cast<uint64_t>(kBurstNs) ? now.ns : last + used;
    if (!filled_ns_.compare_exchange_strong(last, next, std::memory_order_relaxed)) return;  // somebody else did it
    const auto burst = static_cast<int64_t>(rate * kBurstNs / kNanosecondsPerSecond);
    const int64_t before = octets_.fetch_add(static_cast<int64_t>(earned), std::memory_order_relaxed);
    const int64_t over = before + static_cast<int64_t>(earned) - burst;
    if (over > 0) octets_.fetch_sub(over, std::memory_order_relaxed);
  }

  std::atomic<uint64_t> octets_per_s_{0};
  std::atomic<int64_t> octets_{0};  // below 0: owed
  std::atomic<int64_t> filled_ns_{INT64_MIN / 2};
};

}  // namespace lictor
