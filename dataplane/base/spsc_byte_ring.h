// Bytes from one producer thread to one consumer thread, without locks and without copies: the producer writes into
// room that it reserved, the consumer reads in place. The memory is mapped twice in a row, so that whatever is reserved
// or readable is always contiguous. It is excluded from core dumps. Copies of packets and records of a destination
// travel in these.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor {

class SpscByteRing {
 public:
  static constexpr size_t kBytesMin = size_t{64} << 10;
  static constexpr size_t kBytesMax = size_t{16} << 30;

  // A ring of at least `bytes` (rounded up to a power of two, kBytesMin to kBytesMax), pre-faulted. ResourceExhausted
  // or InvalidArgument says what was tried.
  static Result<std::unique_ptr<SpscByteRing>> make(size_t bytes);
  ~SpscByteRing();
  SpscByteRing(const SpscByteRing&) = delete;
  SpscByteRing& operator=(const SpscByteRing&) = delete;

  [[nodiscard]] size_t capacity() const { return mask_ + 1; }

  // --- producer thread ---
  // Room for `length` contiguous bytes behind what was committed, or an empty span where the consumer has not made
  // room.
  MutableBytes reserve(size_t length);
  // The first `length` bytes of what was reserved are complete. Not seen by the consumer before publish().
  void commit(size_t length) {
    committed_ += length;
    ask_for_next();
  }
  // Lets the consumer see everything committed. Once a burst: each call costs a cache-line transfer.
  void publish() {
    if (committed_ == published_) return;
    published_ = committed_;
    head_.store(committed_, std::memory_order_release);
  }
  // Keeps the memory out of the swap space; false where the kernel refuses. Any thread.
  bool lock();
  // How many bytes could be reserved now.
  [[nodiscard]] size_t room();
  // The same, but no more than a lower bound where that is `enough`: it asks for the consumer's line only where it has
  // to.
  [[nodiscard]] size_t room_up_to(size_t enough) {
    const size_t seen = capacity() - static_cast<size_t>(committed_ - tail_seen_);
    return seen >= enough ? seen : room();
  }

  // --- consumer thread ---
  // Everything published and not released, contiguous.
  [[nodiscard]] Bytes readable() const;
  // The first `length` bytes of readable() are no longer needed: the producer may write there from now on, so spans
  // into them end here. `length` is at most what readable() gave; whole records, where the producer wrote records.
  void release(size_t length) {
    tail_.store(tail_.load(std::memory_order_relaxed) + length, std::memory_order_release);
  }

  // --- any thread ---
  // Bytes published and not released.
  [[nodiscard]] size_t in_flight() const;

 private:
  SpscByteRing(uint8_t* memory, size_t bytes) : memory_(memory), mask_(bytes - 1) {}

  // The consumer's core has the lines that come next: to fetch them takes longer than to write a short record.
  void ask_for_next() const {
    constexpr size_t kLine = 64;
    constexpr size_t kLinesAhead = 4;
    const uint8_t* const next = memory_ + (committed_ & mask_);
    for (size_t line = 0; line < kLinesAhead; ++line) __builtin_prefetch(next + line * kLine, 1);
  }

  uint8_t* const memory_;
  const size_t mask_;
  alignas(64) uint64_t committed_ = 0;         // producer's own, on a line that the consumer does not poll
  uint64_t published_ = 0;                     // producer's own
  uint64_t tail_seen_ = 0;                     // producer's own: the last tail it read
  alignas(64) std::atomic<uint64_t> head_{0};  // written by the producer
  alignas(64) std::atomic<uint64_t> tail_{0};  // written by the consumer
};

}  // namespace lictor
