// What parse_batch costs a frame, for several kinds of traffic and working sets, beside merely touching the same
// octets.
#include <benchmark/benchmark.h>

#include "dataplane/packet/parse_frame.h"
#include "perf/batches.h"

namespace {

using lictor::PacketBatch;
using lictor::perf::Frames;
using lictor::perf::kFrameBytes;
using lictor::perf::Traffic;

void parse(benchmark::State& state, Traffic traffic) {
  const Frames frames(traffic, static_cast<size_t>(state.range(0)), kFrameBytes);
  lictor::perf::run_batches(state, frames, [](PacketBatch& batch) {
    lictor::parse_batch(batch, lictor::perf::kFrameBytesMax, {});
    benchmark::DoNotOptimize(batch.parsed.data());
    benchmark::ClobberMemory();
  });
}

// The least that any parser does: reads the first cache line of each frame.
void touch(benchmark::State& state, Traffic traffic) {
  const Frames frames(traffic, static_cast<size_t>(state.range(0)), kFrameBytes);
  lictor::perf::run_batches(state, frames, [](PacketBatch& batch) {
    uint64_t sum = 0;
    for (const lictor::Bytes header : batch.header) sum += header[12] + header[40];
    benchmark::DoNotOptimize(sum);
  });
}

// 256 frames stay in the first cache, 4,096 in the second or third, 65,536 in none of a core's own.
BENCHMARK_CAPTURE(parse, ipv4, Traffic::kIpv4)->Arg(256)->Arg(4096)->Arg(65536);
BENCHMARK_CAPTURE(parse, ipv6, Traffic::kIpv6)->Arg(4096);
BENCHMARK_CAPTURE(parse, qinq, Traffic::kQinq)->Arg(4096);
BENCHMARK_CAPTURE(parse, mixed, Traffic::kMixed)->Arg(256)->Arg(4096)->Arg(65536);
BENCHMARK_CAPTURE(touch, mixed, Traffic::kMixed)->Arg(256)->Arg(4096)->Arg(65536);

}  // namespace

BENCHMARK_MAIN();
