// A share of a thread's time for work that can wait or fail: a token bucket in cycles of any steady counter. One
// thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lictor {

class CycleBudget {
 public:
  // `percent` of the time; what is not used is kept up to `burst_cycles`. It begins full.
  CycleBudget(uint32_t percent, uint64_t burst_cycles)
      : percent_(percent), burst_(static_cast<int64_t>(burst_cycles)), tokens_(burst_) {}

  // Whether something may be begun at `now`. What was begun may overdraw: the next waits until that is paid.
  bool admits(uint64_t now) noexcept {
    // More time than pays the largest debt at one percent fills the bucket, however much more it is; a counter that
    // steps back gives nothing.
    const uint64_t enough = static_cast<uint64_t>(burst_) * (kBurstsOfDebtMax + 1) * 100;
    const uint64_t passed = now > last_ ? std::min(now - last_, enough) : 0;
    last_ = now;
    credit_ += passed * percent_;
    tokens_ = std::min(burst_, tokens_ + static_cast<int64_t>(credit_ / 100));
    credit_ %= 100;
    return tokens_ > 0;
  }

  void spend(uint64_t cycles) noexcept {
    tokens_ -= static_cast<int64_t>(std::min(cycles, static_cast<uint64_t>(burst_) * kBurstsOfDebtMax));
  }

 private:
  // A thread that was put aside for seconds need not pay for all of them.
  static constexpr uint64_t kBurstsOfDebtMax = 100;

  const uint32_t percent_;
  const int64_t burst_;
  int64_t tokens_;
  uint64_t last_ = 0;
  uint64_t credit_ = 0;  // hundredths of a token
};

}  // namespace lictor
