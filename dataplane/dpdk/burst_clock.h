// The legal clock for a loop that asks it at every burst: read once in a while, and between two readings counted on by
// the processor's own counter. A reading is 25 ns in a loop of its own and 400 ns between packets, which leave nothing
// of it in the caches. One lcore each.
#pragma once

#include <cstdint>

#include "dataplane/base/latest_time.h"

namespace lictor {

// What a reading of the clock is worth later on, by a counter of a known rate.
class CountedTime {
 public:
  static constexpr uint64_t kCountedNsMax = 200'000;
  // A reading that took longer was interrupted; nobody knows where in between the clock was read.
  static constexpr uint64_t kReadingNsMax = 2'000;

  // `counter_hz`: a MHz at least.
  explicit CountedTime(uint64_t counter_hz);

  // Whether the clock must be read at `ticks`: nothing was read in the last kCountedNsMax, or the counter went back.
  [[nodiscard]] bool is_stale(uint64_t ticks) const { return ticks - read_at_ > ticks_max_; }
  // The clock showed `time` between two readings of the counter. Where they lie too far apart it stays stale.
  void read(LegalTime time, uint64_t before, uint64_t after);
  // Where it is not stale: behind the clock by 200 ns and the length of the reading at most, and never ahead, whatever
  // the rate was rounded to: it counts a thousandth too slow.
  [[nodiscard]] LegalTime at(uint64_t ticks) const;

 private:
  uint64_t ns_per_tick_;  // a fixed-point number
  uint64_t ticks_max_;    // from one reading to the next
  uint64_t reading_max_;  // ticks
  LegalTime read_;
  uint64_t read_at_ = 0;  // the counter at that moment
};

class BurstClock {
 public:
  BurstClock();

  // legal_now(), or what a reading is worth since. A step of the clock shows kCountedNsMax later.
  LegalTime now() noexcept;
  // By how much what now() answered last is behind the latest time that the clock can have reached: it was set back.
  [[nodiscard]] int64_t set_back_ns() const noexcept { return set_back_ns_; }

 private:
  CountedTime counted_;
  LatestTime latest_;
  int64_t set_back_ns_ = 0;
};

}  // namespace lictor
