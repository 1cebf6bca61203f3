// Files that are mapped and written to can fail at any store: a disk that lost a sector, a file that somebody
// truncated, a file system that promised room and has none. The kernel answers with SIGBUS. Inside the ranges that are
// guarded here the page is replaced by memory and the range counts as damaged: what is stored there is lost to the
// disk, and nothing else happens. Everywhere else SIGBUS does what it did before.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lictor {

class MappedGuard {
 public:
  // Ranges at a time; a range beyond is not guarded.
  static constexpr size_t kRangesMax = 16384;

  MappedGuard(uint8_t* memory, size_t bytes);
  ~MappedGuard();
  MappedGuard(const MappedGuard&) = delete;
  MappedGuard& operator=(const MappedGuard&) = delete;

  // Any thread: whether a page was replaced.
  [[nodiscard]] bool is_damaged() const { return damaged_.load(std::memory_order_relaxed); }
  // Whether there was a place for it.
  [[nodiscard]] bool is_guarded() const { return place_ < kRangesMax; }

 private:
  std::atomic<bool> damaged_{false};
  size_t place_ = kRangesMax;
};

}  // namespace lictor
