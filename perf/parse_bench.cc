// What parse_batch costs a frame, for several kinds of traffic and working sets, and for every encapsulation, trusted
// and not, beside merely touching the same octets.
#include <benchmark/benchmark.h>

#include "dataplane/packet/parse_frame.h"
#include "perf/batches.h"
#include "perf/tunnel_frames.h"

namespace {

using lictor::EncapsulationTrust;
using lictor::PacketBatch;
using lictor::perf::Frames;
using lictor::perf::kFrameBytes;
using lictor::perf::Traffic;
using lictor::perf::Tunnel;
using lictor::perf::TunnelFrames;

template <typename AnyFrames>
void parse_all(benchmark::State& state, const AnyFrames& frames, const EncapsulationTrust& trust) {
  lictor::perf::run_batches(state, frames, [&trust](PacketBatch& batch) {
    lictor::parse_batch(batch, lictor::perf::kFrameBytesMax, trust);
    benchmark::DoNotOptimize(batch.parsed.data());
    benchmark::ClobberMemory();
  });
}

void parse(benchmark::State& state, Traffic traffic) {
  parse_all(state, Frames(traffic, static_cast<size_t>(state.range(0)), kFrameBytes), {});
}

// The same where everything is trusted, and nothing is there to look into.
void parse_trusting(benchmark::State& state, Traffic traffic) {
  parse_all(state, Frames(traffic, static_cast<size_t>(state.range(0)), kFrameBytes), EncapsulationTrust::all());
}

void parse_tunnel(benchmark::State& state, Tunnel tunnel) {
  parse_all(state, TunnelFrames(tunnel, static_cast<size_t>(state.range(0)), kFrameBytes), EncapsulationTrust::all());
}

void parse_closed_tunnel(benchmark::State& state, Tunnel tunnel) {
  parse_all(state, TunnelFrames(tunnel, static_cast<size_t>(state.range(0)), kFrameBytes), {});
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
BENCHMARK_CAPTURE(parse_trusting, ipv4, Traffic::kIpv4)->Arg(4096);
BENCHMARK_CAPTURE(parse_trusting, mixed, Traffic::kMixed)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, mpls, Tunnel::kMpls)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, pseudowire, Tunnel::kPseudowire)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, pppoe, Tunnel::kPppoe)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, gre, Tunnel::kGre)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, erspan, Tunnel::kErspan)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, nvgre, Tunnel::kNvgre)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, ip_in_ip, Tunnel::kIpInIp)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, ipv6_in_ipv4, Tunnel::k6in4)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, vxlan, Tunnel::kVxlan)->Arg(256)->Arg(4096)->Arg(65536);
BENCHMARK_CAPTURE(parse_tunnel, geneve, Tunnel::kGeneve)->Arg(4096);
BENCHMARK_CAPTURE(parse_tunnel, gtp_u, Tunnel::kGtpU)->Arg(256)->Arg(4096)->Arg(65536);
BENCHMARK_CAPTURE(parse_tunnel, l2tp, Tunnel::kL2tp)->Arg(4096);
BENCHMARK_CAPTURE(parse_closed_tunnel, vxlan, Tunnel::kVxlan)->Arg(4096);
BENCHMARK_CAPTURE(parse_closed_tunnel, mpls, Tunnel::kMpls)->Arg(4096);
BENCHMARK_CAPTURE(touch, mixed, Traffic::kMixed)->Arg(256)->Arg(4096)->Arg(65536);

}  // namespace

BENCHMARK_MAIN();
