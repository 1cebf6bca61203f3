// What a packet that matched costs in the stages before its copy: exclusions, de-duplication, patterns. A handful of
// packets, all in cache: the stages' own cost, by payload.
#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include <array>
#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "dataplane/packet/deduplicator.h"
#include "dataplane/packet/exclusion_set.h"
#include "dataplane/pattern/pattern_matcher.h"

namespace {

using namespace lictor;

constexpr HashKey kKey{1, 2};
constexpr TaskMatch kTask{.slot = TaskSlot{0}};
constexpr size_t kPackets = 64;

struct Packet {
  std::vector<uint8_t> octets;
  IpLevel level;
};

void put32(std::vector<uint8_t>& octets, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) octets[at + i] = static_cast<uint8_t>(value >> (24 - i * 8));
}

// IPv4 with letters at random as its payload; `sequence` is TCP's.
Packet packet_of(uint8_t protocol, size_t payload_bytes, uint32_t sequence, std::mt19937& random) {
  const size_t header_bytes = protocol == 6 ? 40 : 28;
  Packet packet;
  packet.octets.resize(header_bytes + payload_bytes);
  packet.octets[0] = 0x45;
  packet.octets[9] = protocol;
  put32(packet.octets, 12, 0xc0000207);
  put32(packet.octets, 16, 0xc6336409);
  put32(packet.octets, 24, sequence);
  packet.octets[32] = 0x50;
  for (size_t i = header_bytes; i < packet.octets.size(); ++i) {
    packet.octets[i] = static_cast<uint8_t>('a' + random() % 26);
  }
  packet.level = {.ports_known = true,
                  .protocol = protocol,
                  .source_port = 4000,
                  .destination_port = 80,
                  .bytes = static_cast<uint32_t>(packet.octets.size()),
                  .whole_bytes = static_cast<uint32_t>(packet.octets.size()),
                  .transport_offset = 20};
  return packet;
}

std::vector<Packet> packets_of(uint8_t protocol, size_t payload_bytes) {
  std::mt19937 random(2026);
  std::vector<Packet> packets;
  for (uint32_t i = 0; i < kPackets; ++i) {
    packets.push_back(packet_of(protocol, payload_bytes, static_cast<uint32_t>(i * payload_bytes), random));
  }
  return packets;
}

void deduplicate(benchmark::State& state) {
  const std::vector<Packet> packets = packets_of(17, static_cast<size_t>(state.range(0)));
  Deduplicator group({.places = 65536, .window_ns = 50'000'000, .ports = 3});
  int64_t time = 0;
  uint64_t duplicates = 0;
  for (auto _ : state) {
    const Packet& packet = packets[static_cast<size_t>(time / 2) % kPackets];
    const Hash128 identity = identity_of(packet_identity(kKey, packet.level, packet.octets), kTask.slot);
    duplicates += group.is_duplicate(identity, time & 1, {time}) ? 1 : 0;
    ++time;
  }
  state.counters["duplicates"] = static_cast<double>(duplicates) / static_cast<double>(state.iterations());
}
BENCHMARK(deduplicate)->Arg(22)->Arg(550)->Arg(1472);

void exclude(benchmark::State& state) {
  const std::vector<Packet> packets = packets_of(17, 22);
  std::vector<IpPrefix> prefixes;
  std::vector<TransportEndpoint> endpoints;
  for (int i = 0; i < state.range(0); ++i) {
    const std::array<uint8_t, 4> net = {10, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i), 0};
    prefixes.push_back(*IpPrefix::make(net, 24));
    endpoints.push_back({.protocol = 6, .port = 9002, .address = {10, 0, 0, static_cast<uint8_t>(i)}});
  }
  const ExclusionSet set(prefixes, endpoints);
  size_t at = 0;
  for (auto _ : state) {
    const Packet& packet = packets[at++ % kPackets];
    benchmark::DoNotOptimize(set.excludes(packet.level, packet.octets));
  }
}
BENCHMARK(exclude)->Arg(0)->Arg(10)->Arg(1000);

uint64_t cycles_now() { return __rdtsc(); }

// Ten literals, none of which is there.
void judge(benchmark::State& state, uint8_t protocol) {
  const std::vector<Packet> packets = packets_of(protocol, static_cast<size_t>(state.range(0)));
  std::vector<Pattern> patterns;
  for (int i = 0; i < 10; ++i) patterns.push_back({.octets = "subscriber-" + std::to_string(1000 + i) + "@"});
  const std::atomic<bool> never{false};
  const auto set = PatternSet::compile(patterns, {}, 1, never).value();
  PatternAccount account;
  PatternMatcher matcher({.lcore = 0,
                          .limits = {.budget_percent = 100},
                          .cycles = cycles_now,
                          .cycles_per_second = 2'500'000'000,
                          .account = &account});
  size_t at = 0;
  for (auto _ : state) {
    const Packet& packet = packets[at++ % kPackets];
    benchmark::DoNotOptimize(matcher.judge(*set, {packet.level, packet.octets, 0, {}}));
  }
  state.counters["over_budget"] = static_cast<double>(account.over_budget.get());
}
BENCHMARK_CAPTURE(judge, datagram, uint8_t{17})->Arg(200)->Arg(1400);
BENCHMARK_CAPTURE(judge, segment, uint8_t{6})->Arg(200)->Arg(1400);

}  // namespace

BENCHMARK_MAIN();
