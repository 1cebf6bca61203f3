// Whether the narrower parts of a rule hold: protocol, ports and the other side. Pure; rx lcores.
#pragma once

#include <cstring>

#include "dataplane/packet/target_rule.h"

namespace lictor {

constexpr size_t kIpv4Source = 12;
constexpr size_t kIpv4Destination = 16;
constexpr size_t kIpv6Source = 8;
constexpr size_t kIpv6Destination = 24;

// `octets` holds 4, or 16 where the prefix is IPv6.
inline bool covers(const IpPrefix& prefix, const uint8_t* octets) {
  const size_t whole = prefix.bits / 8U;
  if (std::memcmp(prefix.octets.data(), octets, whole) != 0) return false;
  const unsigned rest = prefix.bits % 8U;
  return rest == 0 || ((prefix.octets[whole] ^ octets[whole]) >> (8 - rest)) == 0;
}

inline const uint8_t* source_of(const IpLevel& level, const uint8_t* ip) {
  return ip + (level.ipv6 ? kIpv6Source : kIpv4Source);
}
inline const uint8_t* destination_of(const IpLevel& level, const uint8_t* ip) {
  return ip + (level.ipv6 ? kIpv6Destination : kIpv4Destination);
}

// Whether a transport has ports that a flow may name. What the parser calls the ports of ICMP are its type and code: a
// flow that asks for port 8 does not ask for pings.
constexpr bool has_flow_ports(uint8_t protocol) {
  constexpr uint8_t kIcmp = 1;
  constexpr uint8_t kIcmpV6 = 58;
  return protocol != kIcmp && protocol != kIcmpV6;
}

// Of a rule whose target's side is the source (from the target) or the destination of this level; `ip` is its header.
// Ports that are not known satisfy no rule that names some.
inline bool narrow_parts_hold(const TargetRule& rule, const IpLevel& level, const uint8_t* ip, bool from_target) {
  if (rule.protocol != 0 && rule.protocol != level.protocol) return false;
  if (rule.needs_ports()) {
    if (!level.ports_known || !has_flow_ports(level.protocol)) return false;
    const uint16_t target_port = from_target ? level.source_port : level.destination_port;
    const uint16_t remote_port = from_target ? level.destination_port : level.source_port;
    if (!rule.target_ports.holds(target_port) || !rule.remote_ports.holds(remote_port)) return false;
  }
  if (rule.remote.bits == 0) return true;
  return rule.remote.ipv6 == level.ipv6 &&
         covers(rule.remote, from_target ? destination_of(level, ip) : source_of(level, ip));
}

}  // namespace lictor
