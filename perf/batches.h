// Walks all frames of a bench burst by burst, as the rx loop would.
#pragma once

#include <benchmark/benchmark.h>

#include "dataplane/packet/packet_batch.h"
#include "perf/frames.h"

namespace lictor::perf {

constexpr size_t kFrameBytes = 128;
constexpr uint32_t kFrameBytesMax = 9728;

// Calls `stage(batch)` with every burst of `frames` in turn; an item is a frame.
template <typename AnyFrames, typename Stage>
void run_batches(benchmark::State& state, const AnyFrames& frames, Stage stage) {
  PacketBatch batch;
  batch.count = kBurst;
  size_t first = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kBurst; ++i) {
      batch.header[i] = frames.frame(first + i);
      batch.frame_bytes[i] = kFrameBytes;
    }
    stage(batch);
    first = first + 2 * kBurst <= frames.count() ? first + kBurst : 0;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBurst));
}

}  // namespace lictor::perf
