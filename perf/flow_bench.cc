// What flows cost: to build, by their number, and a packet of one of their addresses, by number and method. "spread":
// each five-tuple on an address of its own. "crowd": all on one. "nested": half of them on one address, and ranges,
// prefixes and wildcards of which many hold the same packet.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <memory>
#include <random>

#include "dataplane/dpdk/eal.h"
#include "dataplane/flow_table.h"
#include "dataplane/flow_table_builder.h"

namespace {

using lictor::FlowMethod;
using lictor::FlowRules;
using lictor::TargetRule;

enum class Kind : uint8_t { kSpread, kCrowd, kNested };

constexpr std::array<const char*, 3> kKindNames = {"spread", "crowd", "nested"};
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr size_t kBursts = 128;

lictor::IpPrefix prefix_of(bool ipv6, uint64_t number, uint8_t bits) {
  lictor::IpPrefix prefix{.ipv6 = ipv6, .bits = bits};
  prefix.octets[0] = ipv6 ? 0x20 : 10;
  const size_t bytes = ipv6 ? 16 : 4;
  for (size_t i = 1; i < 4; ++i) prefix.octets[bytes - i] = static_cast<uint8_t>(number >> 8 * (i - 1));
  for (size_t bit = bits; bit < bytes * 8; ++bit) prefix.octets[bit / 8] &= static_cast<uint8_t>(~(0x80U >> bit % 8));
  return prefix;
}

TargetRule rule_of(Kind kind, bool ipv6, uint32_t number, std::mt19937_64& random) {
  const auto whole = static_cast<uint8_t>(ipv6 ? 128 : 32);
  const auto below = [&random](uint32_t end) { return static_cast<uint32_t>(random() % end); };
  TargetRule rule;
  rule.slot = lictor::TaskSlot{number % 4096};
  rule.prefix =
      prefix_of(ipv6, kind == Kind::kSpread || (kind == Kind::kNested && number % 2 == 0) ? number + 1 : 0, whole);
  rule.protocol = number % 2 == 0 ? kTcp : kUdp;
  rule.remote = prefix_of(ipv6, random(), static_cast<uint8_t>(whole - below(16)));
  const auto port = static_cast<uint16_t>(below(65536));
  rule.remote_ports = {port, port};
  if (kind != Kind::kNested) return rule;
  if (below(4) == 0) rule.protocol = 0;
  if (below(4) == 0) rule.remote = {};
  if (below(4) == 0) rule.remote_ports = {static_cast<uint16_t>(port / 2), port};
  return rule;
}

std::vector<TargetRule> rules_of(Kind kind, bool ipv6, size_t count) {
  std::mt19937_64 random(count);
  std::vector<TargetRule> rules;
  for (uint32_t i = 0; i < count; ++i) rules.push_back(rule_of(kind, ipv6, i, random));
  return rules;
}

using BuiltFlows = std::map<std::tuple<Kind, bool, size_t>, std::shared_ptr<FlowRules>>;

// Built once for all methods. They live in DPDK's memory, so main lets them go before that.
BuiltFlows& built_flows() {
  static BuiltFlows built;
  return built;
}

std::shared_ptr<FlowRules> flows_of(Kind kind, bool ipv6, size_t count) {
  std::shared_ptr<FlowRules>& flows = built_flows()[{kind, ipv6, count}];
  if (flows == nullptr) {
    const std::atomic<bool> stop{false};
    flows = std::make_shared<FlowRules>(*lictor::fastest_flow_rules(rules_of(kind, ipv6, count), {}, stop));
  }
  return flows;
}

struct Packet {
  lictor::IpLevel level;
  std::array<uint8_t, 40> ip{};
};

// From the address of a rule to that of another: every second one misses by its port.
std::vector<Packet> packets_of(const std::vector<TargetRule>& rules) {
  std::mt19937_64 random(1);
  std::vector<Packet> packets(kBursts * lictor::kBurst);
  for (size_t i = 0; i < packets.size(); ++i) {
    const TargetRule& rule = rules[random() % rules.size()];
    Packet& packet = packets[i];
    packet.level.ipv6 = rule.prefix.ipv6;
    packet.level.ports_known = true;
    packet.level.protocol = rule.protocol == 0 ? kUdp : rule.protocol;
    packet.level.source_port = 4000;
    packet.level.destination_port =
        i % 2 == 0 ? rule.remote_ports.first : static_cast<uint16_t>(rule.remote_ports.last + 1);
    const size_t at = rule.prefix.ipv6 ? 8 : 12;
    const size_t bytes = rule.prefix.ipv6 ? 16 : 4;
    std::copy_n(rule.prefix.octets.begin(), bytes, packet.ip.begin() + static_cast<ptrdiff_t>(at));
    std::copy_n(rule.remote.octets.begin(), bytes, packet.ip.begin() + static_cast<ptrdiff_t>(at + bytes));
  }
  return packets;
}

void flow_find(benchmark::State& state, Kind kind, bool ipv6, size_t count, FlowMethod method) {
  const std::shared_ptr<FlowRules> flows = flows_of(kind, ipv6, count);
  const FlowMethod fastest = ipv6 ? flows->ipv6.method() : flows->ipv4.method();
  if (!(ipv6 ? flows->ipv6.use(method) : flows->ipv4.use(method))) {
    state.SkipWithError("nothing for this method to do");
    return;
  }
  const lictor::FlowTable table(flows, {}, {});
  const std::vector<Packet> packets = packets_of(flows->rules);
  const auto lookup = std::make_unique<lictor::FlowLookup>();
  size_t at = 0;
  uint64_t rules = 0;
  for (auto unused : state) {
    lookup->clear();
    for (size_t i = 0; i < lictor::kBurst; ++i) lookup->add(i, 0, packets[at + i].level, packets[at + i].ip.data());
    table.find(*lookup);
    for (size_t i = 0; i < lictor::kBurst; ++i) {
      table.for_each(*lookup, i, [&rules](const TargetRule&, lictor::Direction, uint8_t) { ++rules; });
    }
    at = (at + lictor::kBurst) % packets.size();
  }
  const auto frames = static_cast<double>(state.iterations() * lictor::kBurst);
  state.SetItemsProcessed(static_cast<int64_t>(frames));
  state.counters["rules_a_packet"] = static_cast<double>(rules) / frames;
  ipv6 ? flows->ipv6.use(fastest) : flows->ipv4.use(fastest);
  if (method == fastest) state.SetLabel("chosen");
}

void flow_build(benchmark::State& state, Kind kind, bool ipv6, size_t count) {
  const std::vector<TargetRule> rules = rules_of(kind, ipv6, count);
  const std::atomic<bool> stop{false};
  const char* method = "";
  for (auto unused : state) {
    const lictor::Result<FlowRules> flows = lictor::fastest_flow_rules(rules, {}, stop);
    if (!flows.ok()) {
      state.SkipWithError("cannot be built within the limits");
      return;
    }
    method = lictor::kFlowMethodNames[static_cast<size_t>(ipv6 ? flows->ipv6.method() : flows->ipv4.method())];
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.SetLabel(method);
}

// A change of one task's flow, beside a large set.
void flow_change(benchmark::State& state, size_t beside) {
  lictor::FlowTableBuilder builder({});
  const std::vector<TargetRule> rules = rules_of(Kind::kSpread, false, beside);
  for (uint32_t i = 0; i < beside; ++i) {
    TargetRule rule = rules[i];
    rule.slot = lictor::TaskSlot{i};
    builder.set_back(rule.slot, {rule});
  }
  TargetRule rule = rules[0];
  for (auto unused : state) {
    ++rule.remote_ports.last;
    builder.set_back(rule.slot, {rule});
    benchmark::DoNotOptimize(builder.build());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void register_benches() {
  for (const Kind kind : {Kind::kSpread, Kind::kCrowd, Kind::kNested}) {
    for (const bool ipv6 : {false, true}) {
      for (const size_t count : {10U, 1000U, 10'000U}) {
        const std::string set =
            std::string(kKindNames[static_cast<size_t>(kind)]) + (ipv6 ? "/ipv6/" : "/ipv4/") + std::to_string(count);
        benchmark::RegisterBenchmark(("flow_build/" + set).c_str(), [=](benchmark::State& state) {
          flow_build(state, kind, ipv6, count);
        })->Unit(benchmark::kMillisecond);
        for (size_t i = 0; i < lictor::kFlowMethods; ++i) {
          const auto method = static_cast<FlowMethod>(i);
          // Without a crowd there is nothing but the walk.
          if (!lictor::can_run(method) || (i > 0 && (kind == Kind::kSpread || count == 10))) continue;
          benchmark::RegisterBenchmark(("flow_find/" + set + "/" + lictor::kFlowMethodNames[i]).c_str(),
                                       [=](benchmark::State& state) { flow_find(state, kind, ipv6, count, method); });
        }
      }
    }
  }
  for (const size_t beside : {1U, 100U, 1000U}) {
    benchmark::RegisterBenchmark(("flow_change/" + std::to_string(beside)).c_str(),
                                 [=](benchmark::State& state) { flow_change(state, beside); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  const lictor::Result<std::unique_ptr<lictor::Eal>> eal =
      lictor::Eal::start({"--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "-m", "512", "--lcores", "0",
                          "--log-level", "lib.eal:error"});
  if (!eal.ok()) {
    std::fprintf(stderr, "%s\n", std::string(eal.status().message()).c_str());
    return 1;
  }
  benchmark::Initialize(&argc, argv);
  register_benches();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  built_flows().clear();
  return 0;
}
