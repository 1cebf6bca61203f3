#include "dataplane/packet/naive_classifier.h"

#include <algorithm>
#include <set>

#include "dataplane/packet/naive_levels.h"

namespace lictor {
namespace {

bool covers(const IpPrefix& prefix, Bytes address) {
  for (size_t bit = 0; bit < prefix.bits; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if ((prefix.octets[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

bool counts_here(const TargetRule& rule, const NaiveLevel& level, uint16_t port, LegalTime now) {
  if (now.unix_ns < rule.start.unix_ns || rule.stop.unix_ns <= now.unix_ns) return false;
  if (rule.ports / (1U << port) % 2 == 0) return false;
  if (rule.label != kNoContext && rule.label != level.label) return false;
  if (rule.vni != kNoContext && rule.vni != level.vni) return false;
  if (rule.vlan_count == 0) return true;
  return level.vlans == std::vector<uint16_t>(rule.vlans.begin(), rule.vlans.begin() + rule.vlan_count);
}

struct Side {
  Bytes address;
  unsigned port = 0;
};

bool is_in(PortRange range, unsigned port) { return range.first <= port && port <= range.last; }

// The target at `target`, everybody else at `remote`.
bool is_between(const TargetRule& rule, const NaiveLevel& level, const Side& target, const Side& remote) {
  if (rule.prefix.ipv6 != level.ipv6 || !covers(rule.prefix, target.address)) return false;
  if (rule.remote.bits != 0 && (rule.remote.ipv6 != level.ipv6 || !covers(rule.remote, remote.address))) return false;
  if (rule.protocol != 0 && rule.protocol != level.protocol) return false;
  const bool any_port = is_in(rule.target_ports, 0) && is_in(rule.target_ports, 65535) && is_in(rule.remote_ports, 0) &&
                        is_in(rule.remote_ports, 65535);
  if (any_port) return true;
  if (!level.has_ports || level.protocol == 1 || level.protocol == 58) return false;  // ICMP has types and codes
  return is_in(rule.target_ports, target.port) && is_in(rule.remote_ports, remote.port);
}

// Which way the level goes as seen by the rule's target: several directions, one, or none.
std::set<Direction> directions_of(const TargetRule& rule, const NaiveLevel& level, const NaiveLevel* outer) {
  std::set<Direction> directions;
  const Side source{level.source, level.source_port};
  const Side destination{level.destination, level.destination_port};
  switch (rule.key) {
    case RuleKey::kAddress:
    case RuleKey::kEndpoint: {
      const bool of_peer = rule.key == RuleKey::kEndpoint && rule.is_peer;
      if (is_between(rule, level, source, destination))
        directions.insert(of_peer ? Direction::kToTarget : Direction::kFromTarget);
      if (is_between(rule, level, destination, source))
        directions.insert(of_peer ? Direction::kFromTarget : Direction::kToTarget);
      break;
    }
    case RuleKey::kTeid:
      if (outer == nullptr || level.teid != rule.teid || outer->teid == rule.teid) break;
      if (rule.prefix.bits == 0 || (rule.prefix.ipv6 == outer->ipv6 && covers(rule.prefix, outer->destination)))
        directions.insert(rule.direction);
      break;
    case RuleKey::kMac:
      if (std::ranges::equal(rule.mac, level.ethernet.first(6))) directions.insert(Direction::kToTarget);
      if (std::ranges::equal(rule.mac, level.ethernet.last(6))) directions.insert(Direction::kFromTarget);
      break;
    case RuleKey::kVlans:
      if (rule.vlan_count > 0) directions.insert(Direction::kIndeterminate);
      break;
  }
  return directions;
}

}  // namespace

std::map<TaskSlot, Direction> classify_naively(Bytes frame, uint16_t port, LegalTime now,
                                               std::span<const TargetRule> rules, const EncapsulationTrust& trust) {
  std::map<TaskSlot, Direction> verdict;
  const std::vector<NaiveLevel> levels = find_levels_naively(frame, trust);
  for (size_t i = 0; i < levels.size(); ++i) {
    std::map<TaskSlot, std::set<Direction>> here;
    for (const TargetRule& rule : rules) {
      if (!rule.frames && counts_here(rule, levels[i], port, now))
        here[rule.slot].merge(directions_of(rule, levels[i], i == 0 ? nullptr : &levels[i - 1]));
    }
    for (const auto& [slot, directions] : here) {
      if (directions.empty()) continue;
      verdict.emplace(slot, directions.size() == 1 ? *directions.begin() : Direction::kIndeterminate);
    }
  }
  return verdict;
}

}  // namespace lictor
