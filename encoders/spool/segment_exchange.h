// What the three threads of a spool on disk pass to each other: the keeper prepares segments, the encoder lcore fills
// them, the handover thread reads them and gives them back. A segment is always one thread's, but for the blocks below
// its head, which the handover thread reads while the encoder lcore writes behind them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "dataplane/base/spsc_queue.h"
#include "encoders/spool/segment.h"

namespace lictor {

// False where the queue is full.
// NOLINTNEXTLINE(performance-move-const-arg): the queue takes its elements over, whatever they are
inline bool give(SpscQueue<Segment*>& queue, Segment* segment) { return queue.push(std::move(segment)); }

struct SegmentExchange {
  explicit SegmentExchange(size_t segments_max)
      : ready(segments_max + 1), taken(segments_max + 1), freed(segments_max + 1) {}

  SpscQueue<Segment*> ready;  // keeper → encoder lcore
  SpscQueue<Segment*> taken;  // encoder lcore → handover thread, in the order of their records
  SpscQueue<Segment*> freed;  // handover thread → keeper

  // By the keeper.
  std::atomic<uint64_t> made_ready{0};
  std::atomic<uint64_t> wanted{0};         // segments that the handover thread is to free, because the bound is reached
  std::atomic<uint64_t> durable{0};        // records that the disk has, where the policy is to wait for it
  std::atomic<uint64_t> segments_free{0};  // of the bound, as it was seen last
  std::atomic<SpoolHeader*> header{nullptr};
  // By the encoder lcore.
  std::atomic<uint64_t> taken_count{0};
  std::atomic<uint64_t> records{0};  // sealed
  std::atomic<uint64_t> bytes{0};    // of them
  // By the handover thread.
  std::atomic<uint64_t> released{0};
  std::atomic<uint64_t> released_bytes{0};
  std::atomic<uint64_t> given{0};  // of the wanted ones: freed, or not needed any more

  [[nodiscard]] uint64_t ready_count() const {
    return made_ready.load(std::memory_order_relaxed) - taken_count.load(std::memory_order_relaxed);
  }
};

}  // namespace lictor
