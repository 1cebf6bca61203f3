// How an lcore without work rests: some rounds at full speed, then sleeps that double up to a bound. Packets wait
// meanwhile in the port's queues, so the bound is chosen against their depth. One lcore each.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lictor {

class IdleBackoff {
 public:
  // 0: never sleeps.
  explicit IdleBackoff(uint32_t sleep_us_max) : sleep_us_max_(sleep_us_max) {}

  void worked() {
    idle_rounds_ = 0;
    sleep_us_ = kFirstSleepUs;
    deep_ = false;
  }

  // After a round without work: for how long to sleep now; 0: not yet.
  uint32_t next_sleep_us() {
    if (sleep_us_max_ == 0 || ++idle_rounds_ <= kRoundsAwake) return 0;
    const uint32_t sleep_us = std::min(sleep_us_, sleep_us_max_);
    sleep_us_ = std::min(sleep_us_ * 2, sleep_us_max_);
    deep_ = sleep_us == sleep_us_max_;
    return sleep_us;
  }
  // Whether the last answer was the bound: there has been no work for a while.
  [[nodiscard]] bool is_deep() const { return deep_; }

 private:
  // A burst every few microseconds must not meet a sleeper; longer gaps are not worth a core.
  static constexpr uint32_t kRoundsAwake = 64;
  static constexpr uint32_t kFirstSleepUs = 5;

  const uint32_t sleep_us_max_;
  uint32_t idle_rounds_ = 0;
  uint32_t sleep_us_ = kFirstSleepUs;
  bool deep_ = false;
};

}  // namespace lictor
