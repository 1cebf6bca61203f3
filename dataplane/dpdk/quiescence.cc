#include "dataplane/dpdk/quiescence.h"

#include <rte_rcu_qsbr.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "dataplane/base/check.h"

namespace lictor {

void Quiescence::Free::operator()(rte_rcu_qsbr* state) const noexcept { std::free(state); }

Result<std::unique_ptr<Quiescence>> Quiescence::make(uint32_t readers_max) {
  const size_t bytes = (rte_rcu_qsbr_get_memsize(readers_max) + RTE_CACHE_LINE_MASK) & ~size_t{RTE_CACHE_LINE_MASK};
  std::unique_ptr<rte_rcu_qsbr, Free> state(static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, bytes)));
  if (state == nullptr || rte_rcu_qsbr_init(state.get(), readers_max) != 0) {
    return absl::ResourceExhaustedError("no memory for the state of readers");
  }
  for (uint32_t id = 0; id < readers_max; ++id) LICTOR_CHECK(rte_rcu_qsbr_thread_register(state.get(), id) == 0);
  return std::unique_ptr<Quiescence>(new Quiescence(std::move(state)));
}

Quiescence::~Quiescence() = default;

void Quiescence::online(uint32_t id) noexcept { rte_rcu_qsbr_thread_online(state_.get(), id); }
void Quiescence::offline(uint32_t id) noexcept { rte_rcu_qsbr_thread_offline(state_.get(), id); }
void Quiescence::quiescent(uint32_t id) noexcept { rte_rcu_qsbr_quiescent(state_.get(), id); }

void Quiescence::wait_for_readers() {
  // Not rte_rcu_qsbr_synchronize: it spins, and on a small machine it spins on the reader's own core.
  const uint64_t grace = begin_grace();
  while (!has_passed(grace)) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

uint64_t Quiescence::begin_grace() noexcept { return rte_rcu_qsbr_start(state_.get()); }

bool Quiescence::has_passed(uint64_t grace) const noexcept {
  return rte_rcu_qsbr_check(state_.get(), grace, false) != 0;
}

}  // namespace lictor
