// IPv4 addresses as DHCPv4 has them, in host order, as prefixes. Pure, any thread.
#pragma once

#include "dataplane/packet/ip_prefix.h"

namespace lictor::dhcp4 {

inline IpPrefix host_prefix(uint32_t address) {
  IpPrefix prefix{.ipv6 = false, .bits = 32};
  for (size_t i = 0; i < 4; ++i) prefix.octets[i] = static_cast<uint8_t>(address >> (24 - 8 * i));
  return prefix;
}

}  // namespace lictor::dhcp4
