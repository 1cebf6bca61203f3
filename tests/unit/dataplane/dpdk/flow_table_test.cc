// Flow tables: every rule that a packet matches, by every method; limits; tables that are replaced while they are read.
#include "dataplane/flow_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "dataplane/dpdk/live_table.h"
#include "dataplane/flow_table_builder.h"
#include "dataplane/packet/flow_match.h"
#include "tests/unit/dataplane/dpdk/random_flows.h"

namespace lictor {
namespace {

using testing::HasSubstr;

// Enough time for a machine that does something else too.
const FlowLimits kPatient = {.build_ms_max = 600'000};

std::shared_ptr<FlowRules> build_fastest(std::vector<TargetRule> rules) {
  const std::atomic<bool> stop{false};
  return std::make_shared<FlowRules>(*fastest_flow_rules(std::move(rules), kPatient, stop));
}

// The same flows found by each method in turn that this processor has.
template <typename Test>
void with_every_method(const std::shared_ptr<FlowRules>& flows, bool ipv6, Test test) {
  for (size_t i = 0; i < kFlowMethods; ++i) {
    const auto method = static_cast<FlowMethod>(i);
    if (!can_run(method)) continue;
    SCOPED_TRACE(kFlowMethodNames[i]);
    ASSERT_TRUE(flows->ipv4.use(method));
    ASSERT_EQ(flows->ipv6.use(method), ipv6 || method == FlowMethod::kWalk);
    ASSERT_NO_FATAL_FAILURE(test(FlowTable(flows, {}, {})));
  }
}

void expect_like_naive(const FlowTable& table, const std::vector<TargetRule>& rules, RandomFlows& random, int bursts) {
  const auto lookup = std::make_unique<FlowLookup>();
  size_t matched = 0;
  for (int burst = 0; burst < bursts; ++burst) {
    std::vector<FlowPacket> packets(kBurst);
    for (FlowPacket& packet : packets) packet = random.packet();
    const std::vector<FlowMatches> matches = match_by_table(table, packets, *lookup);
    for (size_t i = 0; i < packets.size(); ++i) {
      ASSERT_EQ(matches[i], match_naively(rules, packets[i])) << "burst " << burst << ", frame " << i;
      matched += matches[i].size();
    }
  }
  EXPECT_GT(matched, static_cast<size_t>(bursts)) << "the packets meet too few rules to say anything";
}

TEST(FlowTable, EveryMethodFindsWhatANaiveWalkFinds) {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(seed);
    RandomFlows random(seed);
    const std::vector<TargetRule> rules = random.rules(400 + random.below(200));
    with_every_method(build_fastest(rules), true,
                      [&](const FlowTable& table) { expect_like_naive(table, rules, random, 40); });
  }
}

TEST(FlowTable, SmallTablesFindWhatANaiveWalkFinds) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    RandomFlows random(seed);
    const std::vector<TargetRule> rules = random.rules(1 + random.below(60));
    const Result<std::unique_ptr<const FlowTable>> table = build_flow_table(rules, kPatient);
    ASSERT_TRUE(table.ok()) << table.status();
    const auto lookup = std::make_unique<FlowLookup>();
    for (int burst = 0; burst < 20; ++burst) {
      std::vector<FlowPacket> packets(kBurst);
      for (FlowPacket& packet : packets) packet = random.packet();
      const std::vector<FlowMatches> matches = match_by_table(**table, packets, *lookup);
      for (size_t i = 0; i < packets.size(); ++i) ASSERT_EQ(matches[i], match_naively(rules, packets[i]));
    }
  }
}

// The rules that the target table holds are narrowed by narrow_parts_hold: media, learned from signalling.
TEST(FlowTable, FindsTheRulesWhoseNarrowPartsHold) {
  RandomFlows random(3);
  const std::vector<TargetRule> rules = random.rules(300);
  const Result<std::unique_ptr<const FlowTable>> table = build_flow_table(rules, kPatient);
  ASSERT_TRUE(table.ok()) << table.status();
  const auto lookup = std::make_unique<FlowLookup>();
  size_t icmp = 0;
  for (int packets = 0; packets < 2000; ++packets) {
    const FlowPacket packet = random.packet();
    const uint8_t* const ip = packet.ip.data();
    FlowMatches narrow;
    for (const TargetRule& rule : rules) {
      if (rule.prefix.ipv6 != packet.level.ipv6) continue;
      for (const bool from : {true, false}) {
        const uint8_t* const side = from ? source_of(packet.level, ip) : destination_of(packet.level, ip);
        if (!covers(rule.prefix, side) || !narrow_parts_hold(rule, packet.level, ip, from)) continue;
        narrow.emplace(rule.start.unix_ns, from ? Direction::kFromTarget : Direction::kToTarget);
      }
    }
    ASSERT_EQ(match_by_table(**table, {packet}, *lookup)[0], narrow) << packets;
    icmp += has_flow_ports(packet.level.protocol) || narrow.empty() ? 0 : 1;
  }
  EXPECT_GT(icmp, 20U) << "that match without ports";
}

TEST(FlowTable, EmptyTableMatchesNothing) {
  RandomFlows random(1);
  const FlowTable table;
  EXPECT_TRUE(table.empty());
  const auto lookup = std::make_unique<FlowLookup>();
  EXPECT_TRUE(match_by_table(table, {random.packet()}, *lookup)[0].empty());
}

TEST(FlowTable, LevelsOfAFrameAreToldApart) {
  RandomFlows random(2);
  TargetRule rule;
  rule.prefix = {.bits = 32, .octets = {10, 0, 0, 1}};
  rule.protocol = 17;
  const Result<std::unique_ptr<const FlowTable>> table = build_flow_table({rule}, kPatient);
  ASSERT_TRUE(table.ok());
  FlowPacket outer;
  outer.level.protocol = 17;
  FlowPacket inner = outer;
  inner.ip[16] = 10;
  inner.ip[19] = 1;
  const auto lookup = std::make_unique<FlowLookup>();
  lookup->clear();
  lookup->add(7, 0, outer.level, outer.ip.data());
  lookup->add(7, 1, inner.level, inner.ip.data());
  (*table)->find(*lookup);
  std::vector<std::pair<Direction, uint8_t>> seen;
  const auto note = [&](const TargetRule&, Direction direction, uint8_t level) { seen.emplace_back(direction, level); };
  for (size_t frame = 0; frame < kBurst; ++frame) (*table)->for_each(*lookup, frame, note);
  EXPECT_THAT(seen, testing::ElementsAre(std::pair(Direction::kToTarget, uint8_t{1})));
}

// So many that not every pair is noted: each range is inside of the one before.
TEST(FlowTable, OverlapsBeyondTheirBoundAreStillFound) {
  constexpr uint16_t kNested = 3000;
  static_assert(size_t{kNested} * (kNested - 1) / 2 > FlowSet<Ipv4Key>::kOverlapsMax);
  std::vector<TargetRule> rules;
  for (uint16_t i = 0; i < kNested; ++i) {
    TargetRule rule;
    rule.prefix = {.bits = 32, .octets = {10, 0, 0, 1}};
    rule.start = {i};
    rule.target_ports = {static_cast<uint16_t>(1 + i), static_cast<uint16_t>(65535 - i)};
    // Those that rte_acl prefers come last, where the room for pairs has ended.
    if (i >= kNested - 500) rule.remote = {.bits = 32, .octets = {10, 0, 0, 2}};
    rules.push_back(rule);
  }
  FlowPacket packet;
  packet.level = {.ports_known = true, .protocol = 6};
  packet.ip[12] = packet.ip[16] = 10;
  packet.ip[15] = 1;
  packet.ip[19] = 2;
  const auto lookup = std::make_unique<FlowLookup>();
  with_every_method(build_fastest(rules), false, [&](const FlowTable& table) {
    for (const uint16_t port : std::vector<uint16_t>{0, 1, 100, 2999, 32768, 65535}) {
      packet.level.source_port = port;
      EXPECT_EQ(match_by_table(table, {packet}, *lookup)[0], match_naively(rules, packet)) << port;
    }
  });
}

TEST(FlowTable, PingIsNoPortEight) {
  TargetRule rule;
  rule.prefix = {.bits = 32, .octets = {10, 0, 0, 1}};
  rule.target_ports = {8, 8};
  const Result<std::unique_ptr<const FlowTable>> table = build_flow_table({rule}, kPatient);
  ASSERT_TRUE(table.ok());
  FlowPacket packet;
  packet.ip[12] = 10;
  packet.ip[15] = 1;
  packet.level = {.ports_known = true, .protocol = 17, .source_port = 8};
  const auto lookup = std::make_unique<FlowLookup>();
  EXPECT_EQ(match_by_table(**table, {packet}, *lookup)[0].size(), 1U);
  packet.level.protocol = 1;
  EXPECT_TRUE(match_by_table(**table, {packet}, *lookup)[0].empty());
}

// One address, a port each: what one context of rte_acl has to hold.
std::vector<TargetRule> crowd(size_t count) {
  std::vector<TargetRule> rules(count);
  for (size_t i = 0; i < count; ++i) {
    rules[i].prefix = {.bits = 32, .octets = {10, 0, 0, 1}};
    rules[i].start = {static_cast<int64_t>(i)};
    rules[i].protocol = 6;
    rules[i].target_ports = {static_cast<uint16_t>(i), static_cast<uint16_t>(i)};
  }
  return rules;
}

TEST(FlowTable, CrowdIsNotWalked) {
  const Result<std::unique_ptr<const FlowTable>> table = build_flow_table(crowd(5000), kPatient);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_NE((*table)->ipv4_method(), FlowMethod::kWalk);
  EXPECT_EQ((*table)->ipv6_method(), FlowMethod::kWalk);
}

TEST(FlowTable, MoreRulesThanTheLimitAreRefusedByItsName) {
  EXPECT_TRUE(build_flow_table(crowd(100), {.rules_max = 100}).ok());
  const Status status = build_flow_table(crowd(101), {.rules_max = 100}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.flows_max"));
}

TEST(FlowTable, MoreMemoryThanTheLimitIsRefusedByItsName) {
  const Status status = build_flow_table(crowd(5000), {.acl_bytes_max = 4096, .build_ms_max = 600'000}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.flow_acl_bytes_max"));
}

TEST(FlowTable, BuildThatTakesTooLongIsRefusedAndAnotherMeanwhileToo) {
  const Status status = build_flow_table(crowd(10'000), {.build_ms_max = 0}).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.flow_build_ms"));
  const Status second = build_flow_table(crowd(1), kPatient).status();
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  while (FlowBuild::running() != 0) std::this_thread::yield();
  EXPECT_TRUE(build_flow_table(crowd(1), kPatient).ok());
}

TEST(FlowTable, RulesThatAreNoFlowsAreRefused) {
  const auto refused = [](const auto& change) {
    TargetRule rule = crowd(1)[0];
    change(rule);
    return absl::IsInvalidArgument(build_flow_table({rule}, kPatient).status());
  };
  EXPECT_FALSE(refused([](TargetRule&) {}));
  EXPECT_TRUE(refused([](TargetRule& rule) { rule.prefix.bits = 0; }));
  EXPECT_TRUE(refused([](TargetRule& rule) { rule.key = RuleKey::kEndpoint; }));
  EXPECT_TRUE(refused([](TargetRule& rule) { rule.target_ports = {2, 1}; }));
  EXPECT_TRUE(refused([](TargetRule& rule) { rule.remote_ports = {2, 1}; }));
  EXPECT_TRUE(refused([](TargetRule& rule) { rule.remote = {.ipv6 = true, .bits = 1}; }));
  EXPECT_TRUE(refused([](TargetRule& rule) {
    rule.protocol = 0;
    rule.target_ports = {};
  }));
}

TEST(FlowTable, ReaderSeesTheOldTableOrTheNewOneAndNeverAMixture) {
  RandomFlows random(3);
  std::array<std::vector<TargetRule>, 2> rules = {random.rules(300), random.rules(200)};
  std::vector<FlowPacket> packets(kBurst);
  for (FlowPacket& packet : packets) packet = random.packet();
  std::array<std::vector<FlowMatches>, 2> expected;
  for (size_t i = 0; i < 2; ++i) {
    for (const FlowPacket& packet : packets) expected[i].push_back(match_naively(rules[i], packet));
  }
  ASSERT_NE(expected[0], expected[1]);
  const auto build = [&](size_t i) { return *build_flow_table(rules[i], kPatient); };
  const std::unique_ptr<Quiescence> quiescence = *Quiescence::make(1);
  LiveTable<FlowTable> live(*quiescence, build(0));
  std::atomic<bool> stop{false};
  std::array<std::atomic<uint64_t>, 3> seen{};
  std::thread reader([&] {
    const auto lookup = std::make_unique<FlowLookup>();
    quiescence->online(0);
    while (!stop.load()) {
      const std::vector<FlowMatches> matches = match_by_table(live.current(), packets, *lookup);
      const size_t which = matches == expected[0] ? 0 : matches == expected[1] ? 1 : 2;
      seen[which].fetch_add(1);
      quiescence->quiescent(0);
    }
    quiescence->offline(0);
  });
  for (size_t i = 1; i <= 20; ++i) {
    live.publish(build(i % 2));
    const uint64_t before = seen[i % 2].load();
    while (seen[i % 2].load() == before && seen[2].load() == 0) std::this_thread::yield();
  }
  stop.store(true);
  reader.join();
  EXPECT_EQ(seen[2].load(), 0U);
}

}  // namespace
}  // namespace lictor
