// How an lcore that receives rests while there is no work: some rounds at full speed, then short sleeps, and where its
// ports have receive interrupts, at last until one of them has received something. One lcore each.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/dpdk/idle_backoff.h"
#include "dataplane/dpdk/quiescence.h"
#include "dataplane/dpdk/rx_interrupts.h"

namespace lictor {

struct LcoreRestPlan {
  uint32_t sleep_us_max = 0;           // of the short sleeps; 0: it never sleeps
  uint32_t interrupt_wait_ms = 0;      // of the long ones: what is due without a packet is late by that at most
  Counter* interrupt_waits = nullptr;  // the long ones; its writer is this lcore
  Quiescence* quiescence = nullptr;    // told of every sleep; null: the lcore reads no tables
  uint32_t reader = 0;                 // its number there
};

// After a round with work: worked(). After a round without: rest_after_idle_round().
class LcoreRest {
 public:
  // `interrupts` may be null: then all sleeps are short ones.
  LcoreRest(const LcoreRestPlan& plan, std::unique_ptr<RxInterrupts> interrupts);

  void worked() noexcept;
  // Whether there has been no work for so long that the next sleep is a long one. The interrupts are armed then.
  bool is_armed_after_idle_round() noexcept;
  void nap() noexcept;
  // Until a port has received, the bell rings, or interrupt_wait_ms have passed.
  void wait_for_interrupt() noexcept;

 private:
  void offline() noexcept;
  void online() noexcept;

  const LcoreRestPlan plan_;
  const std::unique_ptr<RxInterrupts> interrupts_;
  IdleBackoff backoff_;
  uint32_t sleep_us_ = 0;  // how long to nap
  bool armed_ = false;
};

// Of an lcore with these queues; null where one of them cannot wake it.
template <typename Queues>
std::unique_ptr<RxInterrupts> interrupts_of(const Queues& queues, Doorbell* bell) {
  std::vector<InterruptQueue> waking;
  for (const auto& queue : queues) {
    if (!queue.interrupts) return nullptr;
    waking.push_back({queue.port_id, queue.queue});
  }
  return RxInterrupts::make(std::move(waking), bell);
}

// `loop.run_round()` has found no work.
template <typename Loop>
void rest_after_idle_round(Loop& loop, LcoreRest& rest) noexcept {
  if (!rest.is_armed_after_idle_round()) return rest.nap();
  if (loop.run_round()) return rest.worked();
  rest.wait_for_interrupt();
}

}  // namespace lictor
