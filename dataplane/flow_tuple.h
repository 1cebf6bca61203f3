// What a `flow:` target says of a packet, without whose it is and when: the target's side, the remote side, ports and
// protocol. And the question that a packet asks. Ipv4Key or Ipv6Key. Plain values; any thread.
#pragma once

#include <bit>
#include <utility>

#include "dataplane/packet/exact_key.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

// Items first to first + count - 1 of an array.
struct IndexRange {
  uint32_t first = 0;
  uint32_t count = 0;

  [[nodiscard]] uint32_t end() const { return first + count; }
};

// A packet as seen from one of its sides: that one is taken for the target's. Ports that are not known, or that the
// transport does not have, are 0.
template <typename Key>
struct FlowKey {
  Key target;
  Key remote;
  uint16_t target_port = 0;
  uint16_t remote_port = 0;
  uint8_t protocol = 0;
  bool ports_known = false;
};

// One distinct five-tuple of a rule set; `rules` are all that ask for exactly this.
template <typename Key>
struct FlowTuple {
  Key target;  // masked
  Key remote;  // masked
  PortRange target_ports;
  PortRange remote_ports;
  uint8_t target_bits = 0;
  uint8_t remote_bits = 0;  // 0: anybody
  uint8_t protocol = 0;     // 0: any
  bool needs_ports = false;
  IndexRange rules;

  [[nodiscard]] bool target_holds(const FlowKey<Key>& key) const { return key.target.masked(target_bits) == target; }

  // All but the target's side.
  [[nodiscard]] bool narrow_parts_hold(const FlowKey<Key>& key) const {
    if (protocol != 0 && protocol != key.protocol) return false;
    if (needs_ports &&
        (!key.ports_known || !target_ports.holds(key.target_port) || !remote_ports.holds(key.remote_port))) {
      return false;
    }
    return key.remote.masked(remote_bits) == remote;
  }

  // Whether some packet matches both.
  [[nodiscard]] bool overlaps(const FlowTuple& other) const {
    const auto meet = [](PortRange a, PortRange b) { return a.first <= b.last && b.first <= a.last; };
    const auto nest = [](Key a, uint8_t a_bits, Key b, uint8_t b_bits) {
      const uint8_t bits = std::min(a_bits, b_bits);
      return a.masked(bits) == b.masked(bits);
    };
    return (protocol == 0 || other.protocol == 0 || protocol == other.protocol) &&
           meet(target_ports, other.target_ports) && meet(remote_ports, other.remote_ports) &&
           nest(remote, remote_bits, other.remote, other.remote_bits) &&
           nest(target, target_bits, other.target, other.target_bits);
  }

  // The smaller, the more narrowly it describes: roughly the binary logarithm of the number of packets that it holds.
  [[nodiscard]] int width() const {
    const auto ports = [](PortRange range) { return std::bit_width(static_cast<unsigned>(range.last - range.first)); };
    return 2 * Key::kBits - target_bits - remote_bits + (protocol == 0 ? 8 : 0) + ports(target_ports) +
           ports(remote_ports);
  }
};

// An address in network order, of the family that `Key` is for.
template <typename Key>
Key flow_address(const uint8_t* octets) {
  if constexpr (Key::kBits == 32) {
    return ipv4_key(octets);
  } else {
    return ipv6_key(octets);
  }
}

}  // namespace lictor
