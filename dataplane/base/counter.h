// A total that one thread writes and any thread may read: a relaxed atomic, so that reading is not a data race, without
// the cost of a locked instruction.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/base/drop_reason.h"

namespace lictor {

class Counter {
 public:
  // Only by the counter's one writer.
  void add(uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  // By one of several writers, where a counter cannot have a single one. Costs a locked instruction.
  void add_shared(uint64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t get() const { return value_.load(std::memory_order_relaxed); }
  // Only while no other thread uses it.
  void reset() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

template <typename Reason>
struct ReasonCounters {
  std::array<Counter, kReasons<Reason>> by_reason;

  void add(Reason reason, uint64_t amount = 1) { by_reason[static_cast<size_t>(reason)].add(amount); }
  void add_shared(Reason reason, uint64_t amount) { by_reason[static_cast<size_t>(reason)].add_shared(amount); }
  [[nodiscard]] uint64_t get(Reason reason) const { return by_reason[static_cast<size_t>(reason)].get(); }
  [[nodiscard]] uint64_t total() const {
    uint64_t sum = 0;
    for (const Counter& counter : by_reason) sum += counter.get();
    return sum;
  }
  // Only while no other thread uses it.
  void reset() {
    for (Counter& counter : by_reason) counter.reset();
  }
};

}  // namespace lictor
