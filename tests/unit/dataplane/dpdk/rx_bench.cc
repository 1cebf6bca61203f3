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
  if (plan.signals == nullptr) return;
  bindings_ = std::make_unique<BindingTable>(*quiescence_);
  signal_ring_.bytes = *SpscByteRing::make(plan.signal_ring_bytes);
  plan_.bindings = {bindings_.get()};
  plan_.signals = {.sources = std::move(plan.signals), .rings = {&signal_ring_}, .naps = {&session_nap_}};
}

std::vector<TakenSignal> RxBench::take_signals() {
  std::vector<TakenSignal> signals;
  Bytes bytes = signal_ring_.bytes->readable();
  const size_t all = bytes.size();
  while (!bytes.empty()) {
    TakenSignal taken;
    std::memcpy(&taken.header, bytes.data(), sizeof taken.header);
    const Bytes frame = bytes.subspan(sizeof taken.header, taken.header.frame_bytes);
    const Bytes message = frame.subspan(taken.header.message_offset, taken.header.message_bytes);
    taken.frame.assign(frame.begin(), frame.end());
    taken.message.assign(message.begin(), message.end());
    bytes = bytes.subspan(taken.header.record_bytes);
    signals.push_back(std::move(taken));
  }
  signal_ring_.bytes->release(all);
  return signals;
}

}  // namespace lictor
