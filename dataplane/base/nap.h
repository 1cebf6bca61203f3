// A nap of microseconds that others may end, for an lcore whose work comes seldom and must not wait then. Who wakes
// pays for a system call only where somebody sleeps.
#pragma once

#include <atomic>
#include <cstdint>

namespace lictor {

class Nap {
 public:
  // The sleeper, one thread: sleeps for `us`, or until somebody wakes it. `has_work` is asked when whoever brings work
  // from now on will see that there is a sleeper; what it says yes to is not slept over.
  template <typename HasWork>
  void take(uint32_t us, HasWork has_work) noexcept {
    asleep_.store(1, std::memory_order_seq_cst);
    if (!has_work()) wait(us);
    asleep_.store(0, std::memory_order_relaxed);
  }

  // Any thread, after it has published its work.
  void wake() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_relaxed) != 0 && asleep_.exchange(0, std::memory_order_relaxed) != 0) rouse();
  }

 private:
  void wait(uint32_t us) noexcept;
  void rouse() noexcept;

  alignas(64) std::atomic<uint32_t> asleep_{0};
};

}  // namespace lictor
