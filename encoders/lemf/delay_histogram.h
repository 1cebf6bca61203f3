// How long records took from their time stamp to here: counts in buckets, each at most 1/32 of its delay wide. One
// owner, one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace lictor::lemf {

class DelayHistogram {
 public:
  // What lies in the future, because two clocks disagree, counts as no delay.
  void add(int64_t delay_us) {
    const auto us = static_cast<uint64_t>(std::max<int64_t>(delay_us, 0));
    ++counts_[bucket(us)];
    ++total_;
    max_us_ = std::max(max_us_, us);
  }

  [[nodiscard]] uint64_t total() const { return total_; }
  [[nodiscard]] uint64_t max_us() const { return max_us_; }

  // The delay that a share of `permille` of the records did not exceed, rounded up to its bucket's end; 0 for none.
  [[nodiscard]] uint64_t quantile_us(uint64_t permille) const {
    const uint64_t wanted = (total_ * permille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t index = 0; index < counts_.size(); ++index) {
      seen += counts_[index];
      if (seen >= wanted && seen > 0) return std::min(end_of(index), max_us_);
    }
    return 0;
  }

 private:
  static constexpr unsigned kPartBits = 5;
  static constexpr uint64_t kParts = uint64_t{1} << kPartBits;

  // Below 2 * kParts each delay has its own; above, each power of two has kParts of them.
  static size_t bucket(uint64_t us) {
    if (us < 2 * kParts) return us;
    const auto shift = static_cast<unsigned>(std::bit_width(us)) - kPartBits - 1;
    return kParts * shift + (us >> shift);
  }
  static uint64_t end_of(size_t index) {
    if (index < 2 * kParts) return index;
    const uint64_t shift = index / kParts - 1;
    return ((index - kParts * shift + 1) << shift) - 1;
  }

  std::array<uint64_t, kParts*(64 - kPartBits + 1)> counts_{};
  uint64_t total_ = 0;
  uint64_t max_us_ = 0;
};

}  // namespace lictor::lemf
