// What classify_batch costs a frame by the number of host targets, when nothing matches and when every frame does.
#include <benchmark/benchmark.h>

#include <random>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"
#include "perf/batches.h"

namespace {

using lictor::PacketBatch;
using lictor::perf::Frames;
using lictor::perf::kFrameBytes;
using lictor::perf::Traffic;

constexpr lictor::LegalTime kNow{1000};
constexpr uint32_t kTasksMax = 4096;
// Past a core's own caches, and a different address in nearly every frame.
constexpr size_t kFrames = 32768;

lictor::TargetRule rule_for(lictor::Bytes octets, uint32_t number) {
  lictor::TargetRule rule;
  rule.prefix = *lictor::IpPrefix::make(octets, 32);
  rule.slot = lictor::TaskSlot{number % kTasksMax};
  rule.start = {0};
  rule.stop = {2000};
  return rule;
}

// `count` hosts at random.
std::vector<lictor::TargetRule> random_hosts(size_t count) {
  std::mt19937 random(7);
  std::vector<lictor::TargetRule> rules;
  for (uint32_t i = 0; i < count; ++i) {
    const auto address = static_cast<uint32_t>(random());
    const uint8_t octets[] = {static_cast<uint8_t>(address >> 24), static_cast<uint8_t>(address >> 16),
                              static_cast<uint8_t>(address >> 8), static_cast<uint8_t>(address)};
    rules.push_back(rule_for(octets, i));
  }
  return rules;
}

// The source of every frame.
std::vector<lictor::TargetRule> sources_of(const Frames& frames) {
  std::vector<lictor::TargetRule> rules;
  for (uint32_t i = 0; i < frames.count(); ++i) rules.push_back(rule_for(frames.frame(i).subspan(14 + 12, 4), i));
  return rules;
}

void run(benchmark::State& state, const Frames& frames, std::vector<lictor::TargetRule> rules) {
  const auto table = lictor::TargetTable::build(std::move(rules));
  lictor::MatchBatch matches(kTasksMax);
  uint64_t matched = 0;
  lictor::perf::run_batches(state, frames, [&](PacketBatch& batch) {
    lictor::parse_batch(batch, lictor::perf::kFrameBytesMax, {});
    lictor::classify_batch(batch, *table, kNow, matches);
    for (size_t i = 0; i < batch.count; ++i) matched += !matches.tasks(i).empty();
  });
  state.counters["matched"] = static_cast<double>(matched) / (static_cast<double>(state.iterations()) * lictor::kBurst);
}

void parse_only(benchmark::State& state) {
  const Frames frames(Traffic::kIpv4, kFrames, kFrameBytes);
  lictor::perf::run_batches(state, frames, [](PacketBatch& batch) {
    lictor::parse_batch(batch, lictor::perf::kFrameBytesMax, {});
    benchmark::ClobberMemory();
  });
}

void parse_classify(benchmark::State& state) {
  const Frames frames(Traffic::kIpv4, kFrames, kFrameBytes);
  run(state, frames, random_hosts(static_cast<size_t>(state.range(0))));
}

void parse_classify_all_match(benchmark::State& state) {
  const Frames frames(Traffic::kIpv4, kFrames, kFrameBytes);
  run(state, frames, sources_of(frames));
}

BENCHMARK(parse_only);
BENCHMARK(parse_classify)->Arg(10)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(parse_classify_all_match);

}  // namespace

BENCHMARK_MAIN();
