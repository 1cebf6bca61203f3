// The lcore that runs a tail: rounds with rests between them, and an end in order. Main thread.
#pragma once

#include <atomic>
#include <memory>

#include "dataplane/dpdk/eal.h"
#include "perf/tail.h"

namespace lictor::perf {

class TailThread {
 public:
  // `tail` outlives this. `idle_sleep_us_max`: how long it sleeps at most without work.
  explicit TailThread(Tail& tail, uint32_t idle_sleep_us_max = 200)
      : tail_(tail), idle_sleep_us_max_(idle_sleep_us_max) {}
  ~TailThread() { stop(); }
  TailThread(const TailThread&) = delete;
  TailThread& operator=(const TailThread&) = delete;

  Status start();
  // Nobody writes into the tail's ring any more. Returns when nothing waits, or after kDrainNs.
  void stop();

 private:
  static constexpr int64_t kDrainNs = 5'000'000'000;
  void run() noexcept;

  Tail& tail_;
  const uint32_t idle_sleep_us_max_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<LcoreThread> thread_;
};

}  // namespace lictor::perf
