// Sleeping until a port has received something: receive interrupts, for lcores that have had no work for a while. One
// lcore each; made and used on it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/doorbell.h"

struct rte_epoll_event;

namespace lictor {

struct InterruptQueue {
  uint16_t port_id = 0;  // DPDK's
  uint16_t queue = 0;
};

// Used in this order:
//   arm(); look into the queues once more, since what came before raises no interrupt; then either disarm() or sleep().
class RxInterrupts {
 public:
  // Null where there is no queue, or one of them has no interrupt: who would sleep is woken by the others alone.
  // `bell` wakes the sleeper as well and outlives this; null: there is none.
  static std::unique_ptr<RxInterrupts> make(std::vector<InterruptQueue> queues, Doorbell* bell);
  ~RxInterrupts();
  RxInterrupts(const RxInterrupts&) = delete;
  RxInterrupts& operator=(const RxInterrupts&) = delete;

  void arm() noexcept;
  void disarm() noexcept;
  // Until a queue has received, the bell rings, or `timeout_ms` have passed; and disarms. Whether somebody woke it.
  bool sleep(uint32_t timeout_ms) noexcept;

 private:
  RxInterrupts(int epoll, std::vector<InterruptQueue> queues, Doorbell* bell);
  bool add_queues() noexcept;
  bool add_bell() noexcept;

  const int epoll_;
  const std::vector<InterruptQueue> queues_;
  Doorbell* const bell_;
  size_t added_ = 0;                             // queues that are in epoll_
  std::unique_ptr<rte_epoll_event> bell_event_;  // DPDK keeps its address
  std::vector<rte_epoll_event> events_;          // room for what one sleep answers
};

}  // namespace lictor
