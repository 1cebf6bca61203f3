// What the flows of a dataplane may take. A set of flows that needs more is refused, and what was there stays. A plain
// value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lictor {

struct FlowLimits {
  size_t rules_max = 10'000;                // limits.flows_max
  size_t acl_bytes_max = size_t{64} << 20;  // limits.flow_acl_bytes_max: rte_acl's tables of one address family
  uint32_t build_ms_max = 2'000;            // limits.flow_build_ms
};

}  // namespace lictor
