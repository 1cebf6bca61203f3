#include "dataplane/flow_rules.h"

#include <algorithm>
#include <tuple>

namespace lictor {
namespace {

// The five-tuple of a rule: neighbours in this order share prefix, then everything.
auto five_tuple(const TargetRule& rule) {
  return std::tie(rule.prefix, rule.remote, rule.protocol, rule.target_ports.first, rule.target_ports.last,
                  rule.remote_ports.first, rule.remote_ports.last);
}

template <typename Key>
std::vector<FlowTuple<Key>> distinct_tuples(const std::vector<TargetRule>& rules) {
  std::vector<FlowTuple<Key>> tuples;
  const TargetRule* last = nullptr;
  for (uint32_t at = 0; at < rules.size(); ++at) {
    const TargetRule& rule = rules[at];
    if (rule.prefix.ipv6 != (Key::kBits == 128)) continue;
    if (last == nullptr || five_tuple(*last) != five_tuple(rule)) {
      tuples.push_back({.target = flow_address<Key>(rule.prefix.octets.data()),
                        .remote = flow_address<Key>(rule.remote.octets.data()),
                        .target_ports = rule.target_ports,
                        .remote_ports = rule.remote_ports,
                        .target_bits = rule.prefix.bits,
                        .remote_bits = rule.remote.bits,
                        .protocol = rule.protocol,
                        .needs_ports = rule.needs_ports(),
                        .rules = {at, 0}});
    }
    ++tuples.back().rules.count;
    last = &rule;
  }
  return tuples;
}

// Anybody is nobody's family.
void sort_rules(std::vector<TargetRule>& rules) {
  for (TargetRule& rule : rules) {
    if (rule.remote.bits == 0) rule.remote = {};
  }
  std::ranges::sort(rules, [](const TargetRule& a, const TargetRule& b) { return five_tuple(a) < five_tuple(b); });
}

}  // namespace

Status check_flow(const TargetRule& rule) {
  if (rule.key != RuleKey::kAddress || !rule.is_flow()) return absl::InvalidArgumentError("flow: names no flow");
  if (rule.prefix.bits == 0) return absl::InvalidArgumentError("flow: the target's side is missing");
  if (rule.remote.bits != 0 && rule.remote.ipv6 != rule.prefix.ipv6) {
    return absl::InvalidArgumentError("flow: its sides are of two address families");
  }
  if (rule.target_ports.first > rule.target_ports.last || rule.remote_ports.first > rule.remote_ports.last) {
    return absl::InvalidArgumentError("flow: a range of ports ends before it begins");
  }
  return absl::OkStatus();
}

FlowRules walked_flow_rules(std::vector<TargetRule> rules) {
  sort_rules(rules);
  FlowRules flows{.ipv4 = FlowSet<Ipv4Key>::walked(distinct_tuples<Ipv4Key>(rules)),
                  .ipv6 = FlowSet<Ipv6Key>::walked(distinct_tuples<Ipv6Key>(rules))};
  flows.rules = std::move(rules);
  return flows;
}

Result<FlowRules> fastest_flow_rules(std::vector<TargetRule> rules, const FlowLimits& limits,
                                     const std::atomic<bool>& stop) {
  sort_rules(rules);
  Result<FlowSet<Ipv4Key>> ipv4 = FlowSet<Ipv4Key>::fastest(distinct_tuples<Ipv4Key>(rules), limits, stop);
  if (!ipv4.ok()) return ipv4.status();
  Result<FlowSet<Ipv6Key>> ipv6 = FlowSet<Ipv6Key>::fastest(distinct_tuples<Ipv6Key>(rules), limits, stop);
  if (!ipv6.ok()) return ipv6.status();
  return FlowRules{.rules = std::move(rules), .ipv4 = *std::move(ipv4), .ipv6 = *std::move(ipv6)};
}

}  // namespace lictor
