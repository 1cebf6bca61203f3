// Who may still look at what was just taken out of use: DPDK's quiescent-state RCU. Readers are rx lcores, which say
// again and again that they hold nothing; the control thread waits until all of them have, session lcores look whether
// they have.
#pragma once

#include <cstdint>
#include <memory>

#include "dataplane/base/result.h"

struct rte_rcu_qsbr;

namespace lictor {

class Quiescence {
 public:
  // For readers 0 to readers_max - 1. ResourceExhausted where there is no memory.
  static Result<std::unique_ptr<Quiescence>> make(uint32_t readers_max);
  ~Quiescence();
  Quiescence(const Quiescence&) = delete;
  Quiescence& operator=(const Quiescence&) = delete;

  // --- reader `id`; it is offline before the first online() and must be at its end ---
  // From now on it may hold what it reads; what was published before is what it will read.
  void online(uint32_t id) noexcept;
  // It holds nothing any more and may sleep.
  void offline(uint32_t id) noexcept;
  // It holds nothing at this moment. After every round in which that is so.
  void quiescent(uint32_t id) noexcept;

  // --- any writer ---
  // Returns when every reader has been quiescent or offline since the call. Sleeps meanwhile.
  void wait_for_readers();
  // The same without waiting: from begin_grace() on, until has_passed() of what it answered.
  [[nodiscard]] uint64_t begin_grace() noexcept;
  [[nodiscard]] bool has_passed(uint64_t grace) const noexcept;

 private:
  struct Free {
    void operator()(rte_rcu_qsbr* state) const noexcept;
  };
  explicit Quiescence(std::unique_ptr<rte_rcu_qsbr, Free> state) : state_(std::move(state)) {}

  const std::unique_ptr<rte_rcu_qsbr, Free> state_;
};

}  // namespace lictor
