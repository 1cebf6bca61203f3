#include "dataplane/rx_loop.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "dataplane/dpdk/idle_backoff.h"
#include "dataplane/match_writer.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerMicrosecond = 1000;

class RxLoop {
 public:
  explicit RxLoop(const RxPlan& plan)
      : plan_(plan), writer_(plan.rings, *plan.account), matches_(plan.tasks_max), backoff_(plan.idle_sleep_us_max) {}

  void run() noexcept {
    plan_.quiescence->online(plan_.reader);
    while (!plan_.stop->load(std::memory_order_relaxed)) {
      if (run_round()) {
        backoff_.worked();
      } else {
        rest();
      }
    }
    plan_.quiescence->offline(plan_.reader);
  }

 private:
  // Every queue once. Whether anything was received.
  bool run_round() noexcept {
    bool worked = false;
    if (plan_.open->load(std::memory_order_acquire)) {
      for (const RxQueue& queue : plan_.queues) worked |= poll(queue);
    }
    if (!worked) writer_.passed(window_time(legal_now()));
    plan_.quiescence->quiescent(plan_.reader);
    return worked;
  }

  bool poll(const RxQueue& queue) noexcept {
    if (plan_.lossless && !writer_.has_room_for_burst(plan_.frame_bytes_max)) return false;
    batch_.count = rte_eth_rx_burst(queue.port_id, queue.queue, mbufs_.data(), kBurst);
    if (batch_.count == 0) return false;
    const LegalTime now = legal_now();
    describe(queue, now);
    parse_batch(batch_, plan_.frame_bytes_max, queue.trust);
    classify_batch(batch_, plan_.targets->current(), {now, window_time(now)}, matches_);
    hand_over(queue);
    writer_.publish();
    writer_.passed(window_);
    count_received(queue);
    rte_pktmbuf_free_bulk(mbufs_.data(), static_cast<unsigned>(batch_.count));
    return true;
  }

  // The host's clock may be set back; a window that has ended must not open again by that.
  LegalTime window_time(LegalTime now) noexcept { return window_ = std::max(window_, now); }

  void describe(const RxQueue& queue, LegalTime now) noexcept {
    for (size_t i = 0; i < batch_.count; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs_[i], const void*));
    uint64_t bytes = 0;
    batch_.port = queue.port_index;
    for (size_t i = 0; i < batch_.count; ++i) {
      const rte_mbuf& frame = *mbufs_[i];
      batch_.header[i] = header_of(frame, i);
      batch_.frame_bytes[i] = frame.pkt_len;
      batch_.arrival[i] = arrival_of(queue, frame, now);
      bytes += frame.pkt_len;
    }
    bytes_ = bytes;
  }

  // Last: who sees that a packet was received finds what was copied of it in the rings.
  void count_received(const RxQueue& queue) noexcept {
    std::atomic_thread_fence(std::memory_order_release);
    RxPortAccount& account = plan_.account->by_port[queue.port_index];
    account.received_bytes.add(bytes_);
    account.received.add(batch_.count);
  }

  // The first segment, or the frame's first octets gathered where a driver cut them.
  Bytes header_of(const rte_mbuf& frame, size_t index) noexcept {
    if (frame.nb_segs == 1 || frame.data_len >= kHeaderBytesMax) {
      return {rte_pktmbuf_mtod(&frame, const uint8_t*), frame.data_len};
    }
    const uint32_t length = std::min<uint32_t>(frame.pkt_len, kHeaderBytesMax);
    const void* const gathered = rte_pktmbuf_read(&frame, 0, length, gathered_[index].data());
    return {static_cast<const uint8_t*>(gathered), length};
  }

  PacketTime arrival_of(const RxQueue& queue, const rte_mbuf& frame, LegalTime now) const noexcept {
    if (!queue.capture_stamps || (frame.ol_flags & plan_.stamps.flag) == 0) return {now.unix_ns};
    const uint64_t stamp_us = *RTE_MBUF_DYNFIELD(&frame, plan_.stamps.offset, const rte_mbuf_timestamp_t*);
    return {static_cast<int64_t>(stamp_us) * kNanosecondsPerMicrosecond};
  }

  void hand_over(const RxQueue& queue) noexcept {
    RxPacketAccount& account = plan_.account->packets;
    uint64_t unmatched = 0;
    for (size_t i = 0; i < batch_.count; ++i) {
      const ParsedFrame& parsed = batch_.parsed[i];
      const std::span<const TaskMatch> tasks = matches_.tasks(i);
      if (parsed.result == ParseResult::kDropped) {
        account.drops.add(parsed.drop);
      } else if (tasks.empty()) {
        ++unmatched;
      } else {
        account.matched.add(1);
        if (parsed.level[0].bytes < parsed.level[0].whole_bytes) account.truncated.add(1);
        writer_.write(*mbufs_[i], parsed, batch_.arrival[i], queue.port_index, tasks);
      }
    }
    account.unmatched.add(unmatched);
  }

  void rest() noexcept {
    const uint32_t sleep_us = backoff_.next_sleep_us();
    if (sleep_us == 0) return rte_pause();
    plan_.quiescence->offline(plan_.reader);
    const timespec sleep{.tv_sec = 0, .tv_nsec = static_cast<long>(sleep_us) * kNanosecondsPerMicrosecond};
    nanosleep(&sleep, nullptr);
    plan_.quiescence->online(plan_.reader);
  }

  const RxPlan& plan_;
  MatchWriter writer_;
  MatchBatch matches_;
  IdleBackoff backoff_;
  LegalTime window_;  // the latest legal time that windows were held against
  PacketBatch batch_;
  uint64_t bytes_ = 0;  // of the batch
  std::array<rte_mbuf*, kBurst> mbufs_{};
  std::array<std::array<uint8_t, kHeaderBytesMax>, kBurst> gathered_;
};

}  // namespace

void run_rx_loop(const RxPlan& plan) noexcept {
  const auto loop = std::make_unique<RxLoop>(plan);
  loop->run();
}

}  // namespace lictor
