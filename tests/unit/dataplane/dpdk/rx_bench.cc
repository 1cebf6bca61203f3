// What the rx loop needs, on the bench (see the header).
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {

RxBench::RxBench(RxBenchPlan plan) : account_(1, plan.tasks_max), open_(plan.open) {
  quiescence_ = *Quiescence::make(1);
  tables_ = std::make_unique<LiveTable<RxTables>>(*quiescence_, RxTables::make_empty());
  gate_ = *IdleGate::make(1);
  for (size_t i = 0; i < plan.encoders; ++i) {
    rings_.push_back(std::make_unique<MatchRing>());
    rings_.back()->bytes = *SpscByteRing::make(plan.ring_bytes);
  }
  plan_ = {.queues = {{.port_id = plan.live_port.value_or(port_.id()),
                       .ring = plan.ring,
                       .waiting_max = plan.waiting_max,
                       .interrupts = plan.live_port.has_value(),
                       .arrival = plan.arrival,
                       .trust = plan.trust}},
           .rings = {},
           .tables = tables_.get(),
           .quiescence = quiescence_.get(),
           .account = &account_,
           .stages = std::move(plan.stages),
           .fragments = plan.fragments,
           .tasks_max = plan.tasks_max,
           .frame_bytes_max = kFrameBytesMax,
           .idle_sleep_us_max = 50,
           .interrupt_wait_ms = plan.interrupt_wait_ms,
           .lossless = plan.lossless,
           .idle = plan.sleeps_untapped ? gate_.get() : nullptr,
           .untapped_poll_ms = plan.untapped_poll_ms,
           .open = &open_,
           .stop = &stop_};
  if (plan_.stages.patterns) plan_.stages.patterns->account = &account_.stages.patterns;
  for (const auto& ring : rings_) plan_.rings.push_back(ring.get());
}

}  // namespace lictor
