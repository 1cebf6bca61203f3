// One rx lcore: receives bursts from its queues, parses, classifies, copies what matched to the encoder lcores,
// accounts for every packet, and says whenever it is settled that it holds nothing. Never allocates, locks, logs or
// throws; calls the kernel only to sleep when there is no work, and where the driver does.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataplane/base/match_ring.h"
#include "dataplane/binding_table.h"
#include "dataplane/dpdk/arrival_stamps.h"
#include "dataplane/dpdk/frame_ring.h"
#include "dataplane/dpdk/live_table.h"
#include "dataplane/idle_gate.h"
#include "dataplane/match_stages.h"
#include "dataplane/packet/encapsulation.h"
#include "dataplane/rx_account.h"
#include "dataplane/rx_tables.h"
#include "dataplane/signal_stage.h"

namespace lictor {

struct RxQueue {
  uint16_t port_id = 0;  // DPDK's
  uint16_t queue = 0;
  FrameRing* ring = nullptr;  // where a spreader lcore receives for it: taken from instead of the port
  uint32_t waiting_max = 0;   // frames that may wait in it
  uint16_t port_index = 0;    // of the port in the configuration
  bool interrupts = false;    // it can wake who sleeps until it has received
  bool in_caches = false;     // the receiving lcore itself wrote the frames just now (Port::copies_frames)
  ArrivalPlan arrival;        // what tells when its frames arrived
  EncapsulationTrust trust;   // what the port's configuration says of the network behind it
};

// What an rx lcore needs to run. Everything that is referred to outlives the loop.
struct RxPlan {
  uint32_t reader = 0;  // its number in `quiescence`
  std::vector<RxQueue> queues;
  std::vector<MatchRing*> rings;  // one an encoder lcore
  const LiveTable<RxTables>* tables = nullptr;
  std::vector<const BindingTable*> bindings;  // one a session lcore
  SignalPlan signals;
  Quiescence* quiescence = nullptr;
  RxAccount* account = nullptr;
  MatchStagesPlan stages;    // between a match and its copy
  FragmentLimits fragments;  // `queues` and `clocks` follow from the above
  uint32_t tasks_max = 0;
  uint32_t frame_bytes_max = 0;
  uint32_t idle_sleep_us_max = 0;
  uint32_t interrupt_wait_ms = 0;
  // Replay: polls only where every ring has room for a whole burst, so that nothing that was received is lost.
  bool lossless = false;
  uint64_t replay_packets_per_s = 0;  // and no faster than this; 0: no bound
  IdleGate* idle = nullptr;           // where it may sleep while nothing is tapped; null: never
  uint32_t untapped_poll_ms = 0;
  const std::atomic<bool>* open = nullptr;  // false: nothing is polled yet (replay waits for its taps)
  const std::atomic<bool>* stop = nullptr;

  // That one burst of any of its queues can take in a ring.
  [[nodiscard]] size_t burst_bytes() const;
};

// The loop's body with all that it keeps between rounds. One thread; the only allocations are in the constructor.
// Whoever calls run_round() keeps the plan's reader online meanwhile.
class RxLoop {
 public:
  // `plan` outlives this.
  explicit RxLoop(const RxPlan& plan);
  // It must be settled: end().
  ~RxLoop();
  RxLoop(const RxLoop&) = delete;
  RxLoop& operator=(const RxLoop&) = delete;

  // Every queue once: a burst each is received and filtered. What must be looked into keeps its buffers until
  // everything is settled, the rest is freed. Whether anything was received.
  bool run_round() noexcept;

  // Everything that was received is counted, and what was copied of it is in the rings for the encoders to see: after a
  // round without work, and after the round in which a few bursts have gathered otherwise. Only then may the reader be
  // reported quiescent: behind a grace period there is nothing of the old table that an encoder does not know.
  [[nodiscard]] bool is_settled() const noexcept;

  // What waits in the queues, and no more than can have waited when the call began, is thrown away and counted as idle.
  // Fragments that wait for others are given up.
  void drain() noexcept;

  // What waits for later rounds gets its fate now, and everything is settled. Rounds may follow.
  void end() noexcept;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// Rounds until *plan.stop, rests between rounds without work. Reports the reader offline at its end.
void run_rx_loop(const RxPlan& plan) noexcept;

}  // namespace lictor
