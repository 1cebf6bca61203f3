// Values from one producer thread to one consumer thread, bounded, without locks. For commands and events; packets
// travel in an SpscByteRing.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace lictor {

template <typename T>
class SpscQueue {
 public:
  // Room for at least `entries` values.
  explicit SpscQueue(size_t entries) : slots_(std::bit_ceil(entries)) {}

  // Producer. False, and `value` untouched, where the queue is full.
  bool push(T&& value) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == slots_.size()) return false;
    slots_[head & (slots_.size() - 1)] = std::move(value);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  // Producer: how many values would find room now.
  [[nodiscard]] size_t room() const {
    return slots_.size() - (head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire));
  }

  // Consumer. Nothing where the queue is empty.
  std::optional<T> pop() {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> value(std::move(slots_[tail & (slots_.size() - 1)]));
    tail_.store(tail + 1, std::memory_order_release);
    return value;
  }

  // Any thread.
  [[nodiscard]] bool empty() const {
    return tail_.load(std::memory_order_acquire) == head_.load(std::memory_order_acquire);
  }

 private:
  std::vector<T> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

}  // namespace lictor
