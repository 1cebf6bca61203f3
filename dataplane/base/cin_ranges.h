// The CINs that one task on this dataplane may give to the sessions that it discovers: ranges that lictord leased, one
// after the other. No number is given twice; what is left of a range when the process ends is lost. Not thread-safe:
// one owner, a session lcore's side.
#pragma once

#include <cstdint>
#include <optional>

namespace lictor {

// CINs [first, first + count) for sessions that this dataplane discovers; none where `count` is 0.
struct CinLease {
  uint32_t first = 0;
  uint32_t count = 0;

  friend bool operator==(const CinLease&, const CinLease&) = default;
};

class CinRanges {
 public:
  // A lease, behind what is left of former ones. The same again, as a directive repeats it, adds
  // nothing; of those that wait unused only the newest is kept.
  void add(const CinLease& lease) {
    const auto [first, count] = lease;
    if (count == 0 || (has_lease_ && first == newest_first_)) return;
    has_lease_ = true;
    newest_first_ = first;
    if (left_ == 0) {
      next_ = first;
      left_ = count;
      ahead_count_ = 0;
    } else {
      ahead_first_ = first;
      ahead_count_ = count;
    }
    newest_count_ = count;
  }

  // Nothing: every one was given, and lictord has not leased more.
  std::optional<uint32_t> take() {
    if (left_ == 0) return std::nullopt;
    const uint32_t cin = next_++;
    if (--left_ == 0 && ahead_count_ > 0) {
      next_ = ahead_first_;
      left_ = ahead_count_;
      ahead_count_ = 0;
    }
    return cin;
  }

  // Three quarters of the newest lease are given: more should be asked for, by its first number.
  [[nodiscard]] std::optional<uint32_t> asks_for_more() const {
    if (!has_lease_ || ahead_count_ > 0 || left_ > newest_count_ / 4) return std::nullopt;
    return newest_first_;
  }

 private:
  bool has_lease_ = false;
  uint32_t newest_first_ = 0;
  uint32_t newest_count_ = 0;
  uint32_t next_ = 0;
  uint32_t left_ = 0;
  uint32_t ahead_first_ = 0;
  uint32_t ahead_count_ = 0;  // 0: none waits
};

}  // namespace lictor
