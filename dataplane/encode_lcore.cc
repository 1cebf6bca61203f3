#include "dataplane/encode_lcore.h"

#include <rte_pause.h>

#include <ctime>

#include "dataplane/dpdk/idle_backoff.h"

namespace lictor {
namespace {

void rest(const EncodeLcorePlan& plan, IdleBackoff& backoff) {
  if (plan.untapped_poll_ms > 0 && plan.loop->has_no_task()) return plan.bell->wait(plan.untapped_poll_ms);
  const uint32_t sleep_us = backoff.next_sleep_us();
  if (sleep_us == 0) return rte_pause();
  const timespec sleep{.tv_sec = 0, .tv_nsec = static_cast<long>(sleep_us) * 1000};
  nanosleep(&sleep, nullptr);
}

}  // namespace

void run_encode_loop(const EncodeLcorePlan& plan) noexcept {
  IdleBackoff backoff(plan.idle_sleep_us_max);
  const auto run_round = [&] {
    if (plan.loop->run_once(legal_now())) {
      backoff.worked();
    } else {
      rest(plan, backoff);
    }
  };
  while (!plan.stop->load(std::memory_order_acquire)) run_round();
  const auto drain = [&] {
    while (!plan.loop->drained() && socket_now().ns < plan.drain_until_ns->load(std::memory_order_relaxed)) run_round();
  };
  drain();
  plan.loop->end_checks();
  drain();
  plan.loop->finish(legal_now());
}

}  // namespace lictor
