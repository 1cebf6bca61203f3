// What this operator's lictord accepts, from its configuration. Read by any thread, never changed after start.
#pragma once

#include <cstdint>

namespace lictor::control {

struct Policy {
  bool lab = false;               // any address may be a target, with any scope
  uint32_t prefix_ipv4_min = 24;  // the widest IPv4 target
  uint32_t prefix_ipv6_min = 48;  // the widest IPv6 target
  uint32_t duration_days_max = 366;
};

}  // namespace lictor::control
