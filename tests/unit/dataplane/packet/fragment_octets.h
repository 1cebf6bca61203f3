// Fragments for tests, of IPv4 and IPv6 datagrams of UDP. Any thread.
#pragma once

#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {

// The fragment at `offset`, in octets, of datagram `id`; the first has a UDP header.
inline Octets fragment(uint16_t id, size_t offset, bool more = true, size_t bytes = 1000, uint16_t port = 4000) {
  Octets packet = ipv4({.fragment = static_cast<uint16_t>((more ? 0x2000 : 0) | offset / 8)},
                       offset == 0 ? udp_between(port, 53, Octets(bytes)) : Octets(bytes, 0x55));
  packet[4] = static_cast<uint8_t>(id >> 8);
  packet[5] = static_cast<uint8_t>(id);
  return ethernet(kIpv4Type, packet);
}

inline Octets fragment_ipv6(uint32_t id, size_t offset, uint8_t next = 17) {
  const Octets header = join({{next, 0}, of16(static_cast<unsigned>(offset | 1)), of32(id)});
  const Octets payload = offset == 0 ? (next == 17 ? udp() : join({extension(17), udp()})) : Octets(100, 0x55);
  return ethernet(kIpv6Type, ipv6({.next = 44}, join({header, payload})));
}

}  // namespace lictor
