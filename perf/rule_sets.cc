#include "perf/rule_sets.h"

#include "dataplane/base/check.h"
#include "perf/random_address.h"

namespace lictor::perf {
namespace {

constexpr LegalTime kForever{INT64_MAX};
constexpr uint8_t kUdp = 17;
constexpr uint8_t kTcp = 6;

// Draws until the traffic has nothing to do with it: soon, because traffic has few of all addresses.
IpPrefix draw(Random& random, bool ipv6, uint8_t bits, const Traffic& traffic) {
  IpPrefix prefix = random_prefix(random, ipv6, bits);
  while (traffic.occurs(prefix)) prefix = random_prefix(random, ipv6, bits);
  return prefix;
}

uint16_t draw_port(Random& random) { return static_cast<uint16_t>(1024 + random() % 60'000); }

TargetRule rule_of(const IpPrefix& prefix, size_t number) {
  return {.prefix = prefix, .slot = TaskSlot{static_cast<uint32_t>(number % kTasksMax)}, .stop = kForever};
}

// A transport, one port of the target, one of a remote prefix.
TargetRule five_tuple(Random& random, size_t number, const IpPrefix& target) {
  TargetRule rule = rule_of(target, number);
  rule.protocol = random() % 2 == 0 ? kTcp : kUdp;
  const uint16_t target_port = draw_port(random);
  rule.target_ports = {target_port, target_port};
  const uint16_t remote_port = random() % 2 == 0 ? uint16_t{443} : draw_port(random);
  rule.remote_ports = {remote_port, remote_port};
  const auto remote_bits = static_cast<uint8_t>(target.ipv6 ? 48 + random() % 81 : 16 + random() % 17);
  rule.remote = random_prefix(random, target.ipv6, remote_bits);
  return rule;
}

TargetRule media(Random& random, size_t number, const Traffic& traffic) {
  const bool ipv6 = number % 10 == 9;
  TargetRule rule = rule_of(draw(random, ipv6, ipv6 ? 128 : 32, traffic), number);
  rule.key = RuleKey::kEndpoint;
  rule.protocol = kUdp;
  const auto port = static_cast<uint16_t>(draw_port(random) & ~1U);  // RTP's are even
  rule.target_ports = {port, port};
  return rule;
}

}  // namespace

std::vector<TargetRule> make_rules(const RuleSetPlan& plan, const Traffic& traffic) {
  Random random(plan.seed);
  std::vector<TargetRule> rules;
  for (uint32_t i = 0; i < plan.ipv4_hosts; ++i)
    rules.push_back(rule_of(draw(random, false, 32, traffic), rules.size()));
  for (uint32_t i = 0; i < plan.ipv6_hosts; ++i)
    rules.push_back(rule_of(draw(random, true, 128, traffic), rules.size()));
  for (uint32_t i = 0; i < plan.prefixes; ++i) {
    const bool ipv6 = i % 5 == 4;
    const auto bits = static_cast<uint8_t>(ipv6 ? 48 + random() % 17 : 24 + random() % 6);
    rules.push_back(rule_of(draw(random, ipv6, bits, traffic), rules.size()));
  }
  for (uint32_t i = 0; i < plan.five_tuples; ++i) {
    const bool ipv6 = i % 5 == 4;
    rules.push_back(five_tuple(random, rules.size(), draw(random, ipv6, ipv6 ? 128 : 32, traffic)));
  }
  for (uint32_t i = 0; i < plan.media; ++i) rules.push_back(media(random, rules.size(), traffic));
  return rules;
}

std::vector<TargetRule> make_five_tuples(uint32_t count, uint32_t targets, FiveTupleTarget kind) {
  Random random(13);
  std::vector<IpPrefix> prefixes;
  for (uint32_t i = 0; i < targets; ++i) {
    const bool ipv6 = kind == FiveTupleTarget::kHost && i % 5 == 4;
    const int bits = kind == FiveTupleTarget::kPrefix ? 24 : ipv6 ? 128 : 32;
    prefixes.push_back(random_prefix(random, ipv6, static_cast<uint8_t>(bits)));
  }
  std::vector<TargetRule> rules;
  for (uint32_t i = 0; i < count; ++i) rules.push_back(five_tuple(random, i, prefixes[i % targets]));
  return rules;
}

void append_matching(const Traffic& traffic, std::vector<TargetRule>& rules) {
  for (size_t i = 0; i < traffic.targets().size(); ++i) rules.push_back(rule_of(traffic.targets()[i], i));
}

std::unique_ptr<const RxTables> tables_of(const std::vector<TargetRule>& rules) {
  constexpr uint32_t kPatienceMs = 600'000;
  Result<std::unique_ptr<const RxTables>> tables =
      RxTables::build(rules, {.rules_max = rules.size(), .acl_bytes_max = SIZE_MAX, .build_ms_max = kPatienceMs});
  LICTOR_CHECK(tables.ok());
  return *std::move(tables);
}

}  // namespace lictor::perf
