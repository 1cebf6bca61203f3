#include "dataplane/spread_loop.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>

#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/lcore_rest.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/spread_hash.h"

namespace lictor {
namespace {

// The frames of one burst that go to one receiver.
struct Pile {
  size_t count = 0;
  std::array<rte_mbuf*, kBurst> frames{};
};

}  // namespace

class SpreadLoop::Impl {
 public:
  explicit Impl(const SpreadPlan& plan) : plan_(plan) {
    size_t receivers = 0;
    for (const SpreadQueue& queue : plan.queues) {
      arrivals_.emplace_back(queue.arrival, queue.account->stamps_refused);
      receivers = std::max(receivers, queue.rings.size());
    }
    piles_.resize(receivers);
  }

  bool run_round() noexcept {
    bool worked = false;
    if (!plan_.open->load(std::memory_order_acquire)) return false;
    for (size_t i = 0; i < plan_.queues.size(); ++i) worked |= poll(plan_.queues[i], arrivals_[i]);
    return worked;
  }

  void drain() noexcept {
    for (const SpreadQueue& queue : plan_.queues) {
      for (uint64_t thrown = 0; thrown < queue.waiting_max;) {
        const size_t count = rte_eth_rx_burst(queue.port_id, queue.queue, burst_.data(), kBurst);
        if (count == 0) break;
        free_burst(burst_.data(), count);
        queue.account->idle.add(count);
        thrown += count;
      }
    }
  }

 private:
  bool poll(const SpreadQueue& queue, ArrivalStamps& arrivals) noexcept {
    if (plan_.lossless && !has_room_for_burst(queue)) return false;
    const size_t count = rte_eth_rx_burst(queue.port_id, queue.queue, burst_.data(), kBurst);
    if (count == 0) return false;
    for (size_t i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(burst_[i], const void*));
    // A capture's stamps stay as they are: they are of another day than the legal clock, and the rx lcore knows.
    if (queue.arrival.kind != StampKind::kCapture) stamp(count, arrivals);
    for (size_t i = 0; i < count; ++i) {
      Pile& pile = piles_[receiver_of(hash_of(*burst_[i]), queue.rings.size())];
      pile.frames[pile.count++] = burst_[i];
    }
    for (size_t i = 0; i < queue.rings.size(); ++i) pass(piles_[i], *queue.rings[i], *queue.account);
    return true;
  }

  static bool has_room_for_burst(const SpreadQueue& queue) noexcept {
    return std::ranges::all_of(queue.rings, [](const FrameRing* ring) { return ring->room() >= kBurst; });
  }

  void stamp(size_t count, ArrivalStamps& arrivals) noexcept {
    arrivals.begin_burst(legal_now());
    for (size_t i = 0; i < count; ++i) put_arrival(*burst_[i], plan_.stamps, arrivals.of(*burst_[i], i));
  }

  uint64_t hash_of(const rte_mbuf& frame) noexcept {
    if (frame.nb_segs == 1 || frame.data_len >= kSpreadBytesMax) {
      return spread_hash({rte_pktmbuf_mtod(&frame, const uint8_t*), frame.data_len});
    }
    const uint32_t length = std::min<uint32_t>(frame.pkt_len, kSpreadBytesMax);
    return spread_hash({static_cast<const uint8_t*>(rte_pktmbuf_read(&frame, 0, length, gathered_.data())), length});
  }

  static void pass(Pile& pile, FrameRing& ring, SpreadAccount& account) noexcept {
    if (pile.count == 0) return;
    const size_t put = ring.put(pile.frames.data(), pile.count);
    const size_t left = pile.count - put;
    pile.count = 0;
    if (left == 0) return;
    uint64_t bytes = 0;
    for (size_t i = put; i < put + left; ++i) bytes += pile.frames[i]->pkt_len;
    free_burst(pile.frames.data() + put, left);
    account.dropped_bytes.add(bytes);
    account.dropped.add(left);
  }

  const SpreadPlan& plan_;
  std::vector<ArrivalStamps> arrivals_;  // one a queue
  std::vector<Pile> piles_;              // one a receiver; empty between bursts
  std::array<rte_mbuf*, kBurst> burst_{};
  std::array<uint8_t, kSpreadBytesMax> gathered_{};
};

SpreadLoop::SpreadLoop(const SpreadPlan& plan) : impl_(std::make_unique<Impl>(plan)) {}

SpreadLoop::~SpreadLoop() = default;

bool SpreadLoop::run_round() noexcept { return impl_->run_round(); }

void SpreadLoop::drain() noexcept { impl_->drain(); }

void run_spread_loop(const SpreadPlan& plan) noexcept {
  SpreadLoop loop(plan);
  IdleMember idle(plan.idle, plan.idle_lcore, plan.untapped_poll_ms);
  LcoreRest resting({.sleep_us_max = plan.idle_sleep_us_max,
                     .interrupt_wait_ms = plan.interrupt_wait_ms,
                     .interrupt_waits = plan.interrupt_waits},
                    interrupts_of(plan.queues, idle.bell()));
  while (!plan.stop->load(std::memory_order_relaxed)) {
    if (idle.is_untapped()) {
      loop.drain();
      idle.sleep();
      continue;
    }
    if (idle.is_called()) {
      loop.drain();
      idle.answer();
    }
    if (loop.run_round()) {
      resting.worked();
    } else {
      rest_after_idle_round(loop, resting);
    }
  }
}

}  // namespace lictor
