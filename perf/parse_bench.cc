// What parse_batch costs a frame, for several kinds of traffic and working sets, beside merely touching the same
// octets.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>

#include "dataplane/packet/parse_frame.h"
#include "perf/frames.h"

namespace {

using lictor::kBurst;
using lictor::PacketBatch;
using lictor::perf::Frames;
using lictor::perf::Traffic;

constexpr size_t kFrameBytes = 128;
constexpr uint32_t kFrameBytesMax = 9728;

void fill(PacketBatch& batch, const Frames& frames, size_t first) {
  batch.count = kBurst;
  for (size_t i = 0; i < kBurst; ++i) {
    batch.header[i] = frames.frame(first + i);
    batch.frame_bytes[i] = kFrameBytes;
  }
}

// Walks all frames burst by burst; `stage` does something with a filled batch.
template <typename Stage>
void run(benchmark::State& state, Traffic traffic, Stage stage) {
  const Frames frames(traffic, static_cast<size_t>(state.range(0)), kFrameBytes);
  PacketBatch batch;
  size_t first = 0;
  for (auto _ : state) {
    fill(batch, frames, first);
    stage(batch);
    first = first + 2 * kBurst <= frames.count() ? first + kBurst : 0;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBurst));
}

void parse(benchmark::State& state, Traffic traffic) {
  run(state, traffic, [](PacketBatch& batch) {
    lictor::parse_batch(batch, kFrameBytesMax);
    benchmark::DoNotOptimize(batch.parsed.data());
    benchmark::ClobberMemory();
  });
}

// The least that any parser does: reads the first cache line of each frame.
void touch(benchmark::State& state, Traffic traffic) {
  run(state, traffic, [](PacketBatch& batch) {
    uint64_t sum = 0;
    for (const lictor::Bytes header : batch.header) sum += header[12] + header[40];
    benchmark::DoNotOptimize(sum);
  });
}

// 4,096 frames of 128 octets: past L2 with their columns; 65,536: out of memory's reach for any cache of a core.
BENCHMARK_CAPTURE(parse, ipv4, Traffic::kIpv4)->Arg(256)->Arg(4096)->Arg(65536);
BENCHMARK_CAPTURE(parse, ipv6, Traffic::kIpv6)->Arg(4096);
BENCHMARK_CAPTURE(parse, qinq, Traffic::kQinq)->Arg(4096);
BENCHMARK_CAPTURE(parse, mixed, Traffic::kMixed)->Arg(256)->Arg(4096)->Arg(65536);
BENCHMARK_CAPTURE(touch, mixed, Traffic::kMixed)->Arg(256)->Arg(4096)->Arg(65536);

}  // namespace

BENCHMARK_MAIN();
