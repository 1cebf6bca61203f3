// One spreader lcore: receives from the queues of ports that do not spread frames themselves, and passes each frame to
// the rx lcore that its addresses belong to. A frame meets the ring of its rx lcore in the order in which its queue
// gave it, so each direction of a flow stays in order, and both directions meet on one lcore. A full ring is a counted
// drop. Never allocates, locks, logs or throws.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/dpdk/arrival_stamps.h"
#include "dataplane/dpdk/frame_ring.h"
#include "dataplane/idle_gate.h"

namespace lictor {

// Of one queue, by the spreader lcore that receives from it: frames that went no further, as PacketDrop::kSpreadFull.
// Those that did are counted by the rx lcore that takes them.
struct alignas(64) SpreadAccount {
  Counter dropped;
  Counter dropped_bytes;
  Counter stamps_refused;
  Counter idle;  // thrown away unlooked while nothing was tapped
};

struct SpreadQueue {
  uint16_t port_id = 0;  // DPDK's
  uint16_t queue = 0;
  uint32_t waiting_max = 0;  // frames that may wait in it
  bool interrupts = false;   // it can wake who sleeps until it has received
  ArrivalPlan arrival;
  SpreadAccount* account = nullptr;
  std::vector<FrameRing*> rings;  // one an rx lcore
};

// Everything that is referred to outlives the loop.
struct SpreadPlan {
  std::vector<SpreadQueue> queues;
  StampField stamps;  // where a frame's arrival is put for the rx lcore
  uint32_t idle_sleep_us_max = 0;
  uint32_t interrupt_wait_ms = 0;
  bool lossless = false;     // replay: receives only where every ring has room for a burst
  IdleGate* idle = nullptr;  // as RxPlan's
  size_t idle_lcore = 0;     // its number there
  uint32_t untapped_poll_ms = 0;
  Counter* interrupt_waits = nullptr;  // how often the lcore slept until a port's interrupt
  const std::atomic<bool>* open = nullptr;
  const std::atomic<bool>* stop = nullptr;
};

// The loop's body with all that it keeps between rounds. One thread.
class SpreadLoop {
 public:
  explicit SpreadLoop(const SpreadPlan& plan);
  ~SpreadLoop();
  SpreadLoop(const SpreadLoop&) = delete;
  SpreadLoop& operator=(const SpreadLoop&) = delete;

  // Every queue once. Whether anything was received.
  bool run_round() noexcept;
  // As RxLoop::drain().
  void drain() noexcept;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// Rounds until *plan.stop, rests between rounds without work.
void run_spread_loop(const SpreadPlan& plan) noexcept;

}  // namespace lictor
