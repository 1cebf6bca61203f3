// Flow rules and packets by chance, from so few addresses and ports that they meet often; and the plainest way to say
// which rules a packet matches, which shares no code with the product.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "dataplane/flow_table.h"

namespace lictor {

struct FlowPacket {
  IpLevel level;
  std::array<uint8_t, 40> ip{};
};

class RandomFlows {
 public:
  explicit RandomFlows(uint32_t seed) : random_(seed) {}

  uint32_t below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }

  // Its start is its number, so that a visited rule says which one it is.
  TargetRule rule(int64_t number, uint32_t slots = 4096) {
    TargetRule rule;
    rule.slot = TaskSlot{below(slots)};
    rule.start = {number};
    const bool ipv6 = below(2) == 0;
    const auto whole = static_cast<uint8_t>(ipv6 ? 128 : 32);
    rule.prefix = prefix(ipv6, static_cast<uint8_t>(below(3) == 0 ? whole - 1 - below(4) : whole));
    while (!rule.is_flow()) {
      if (below(2) == 0) rule.protocol = protocol();
      if (below(2) == 0) rule.remote = prefix(ipv6, static_cast<uint8_t>(whole - below(8)));
      if (below(2) == 0) rule.target_ports = range();
      if (below(3) == 0) rule.remote_ports = range();
    }
    return rule;
  }
  std::vector<TargetRule> rules(size_t count) {
    std::vector<TargetRule> rules;
    for (size_t i = 0; i < count; ++i) rules.push_back(rule(static_cast<int64_t>(i)));
    return rules;
  }

  FlowPacket packet() {
    FlowPacket packet;
    packet.level.ipv6 = below(2) == 0;
    packet.level.protocol = below(8) == 0 ? std::array<uint8_t, 2>{1, 58}[below(2)] : protocol();
    packet.level.ports_known = below(8) != 0;
    packet.level.source_port = port();
    packet.level.destination_port = port();
    const size_t source = packet.level.ipv6 ? 8 : 12;
    const size_t bytes = packet.level.ipv6 ? 16 : 4;
    set_address(&packet.ip[source], bytes);
    set_address(&packet.ip[source + bytes], bytes);
    return packet;
  }

 private:
  // One of eight.
  void set_address(uint8_t* octets, size_t bytes) {
    octets[0] = 10;
    octets[bytes - 1] = static_cast<uint8_t>(192 + below(8));
  }
  IpPrefix prefix(bool ipv6, uint8_t bits) {
    IpPrefix prefix{.ipv6 = ipv6, .bits = bits};
    set_address(prefix.octets.data(), ipv6 ? 16 : 4);
    for (unsigned bit = bits; bit < (ipv6 ? 128U : 32U); ++bit)
      prefix.octets[bit / 8] &= static_cast<uint8_t>(~(0x80U >> bit % 8));
    return prefix;
  }
  uint8_t protocol() { return std::array<uint8_t, 3>{6, 17, 132}[below(3)]; }
  // 0 as well: it is what a port that is not known looks like.
  uint16_t port() { return static_cast<uint16_t>(below(40)); }
  PortRange range() {
    const uint16_t first = port();
    return {first, static_cast<uint16_t>(below(3) == 0 ? first : first + below(20))};
  }

  std::mt19937_64 random_;
};

// Number of the rule, direction.
using FlowMatches = std::multiset<std::pair<int64_t, Direction>>;

inline bool is_in_prefix(const IpPrefix& prefix, const uint8_t* address) {
  for (unsigned bit = 0; bit < prefix.bits; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if ((prefix.octets[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

inline FlowMatches match_naively(const std::vector<TargetRule>& rules, const FlowPacket& packet) {
  FlowMatches matches;
  const IpLevel& level = packet.level;
  const uint8_t* const source = packet.ip.data() + (level.ipv6 ? 8 : 12);
  const uint8_t* const destination = source + (level.ipv6 ? 16 : 4);
  const bool has_ports = level.ports_known && level.protocol != 1 && level.protocol != 58;
  for (const TargetRule& rule : rules) {
    if (rule.prefix.ipv6 != level.ipv6) continue;
    if (rule.protocol != 0 && rule.protocol != level.protocol) continue;
    for (const Direction direction : {Direction::kFromTarget, Direction::kToTarget}) {
      const bool from = direction == Direction::kFromTarget;
      if (!is_in_prefix(rule.prefix, from ? source : destination)) continue;
      if (!is_in_prefix(rule.remote, from ? destination : source)) continue;
      const bool names_ports = rule.target_ports.first > 0 || rule.target_ports.last < 65535 ||
                               rule.remote_ports.first > 0 || rule.remote_ports.last < 65535;
      const unsigned target_port = from ? level.source_port : level.destination_port;
      const unsigned remote_port = from ? level.destination_port : level.source_port;
      if (names_ports && (!has_ports || target_port < rule.target_ports.first || target_port > rule.target_ports.last ||
                          remote_port < rule.remote_ports.first || remote_port > rule.remote_ports.last)) {
        continue;
      }
      matches.emplace(rule.start.unix_ns, direction);
    }
  }
  return matches;
}

// What `table` says of each packet; as many as a burst has frames.
inline std::vector<FlowMatches> match_by_table(const FlowTable& table, const std::vector<FlowPacket>& packets,
                                               FlowLookup& lookup) {
  lookup.clear();
  for (size_t i = 0; i < packets.size(); ++i) lookup.add(i, 0, packets[i].level, packets[i].ip.data());
  table.find(lookup);
  std::vector<FlowMatches> matches(packets.size());
  for (size_t i = 0; i < packets.size(); ++i) {
    table.for_each(lookup, i, [&](const TargetRule& rule, Direction direction, uint8_t) {
      matches[i].emplace(rule.start.unix_ns, direction);
    });
  }
  return matches;
}

}  // namespace lictor
