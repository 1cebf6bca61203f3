// The rules of media as calls make them: calls of targets are offered and taken, and the table is of what CallDesk
// makes of it, the one that rx lcores ask beside the tasks' own. Made before measuring. No DPDK.
#pragma once

#include <memory>

#include "dataplane/packet/target_table.h"
#include "perf/traffic.h"

namespace lictor::perf {

// `endpoints` addresses with a port, a multiple of 8, none of which occurs in the traffic: four a call, of RTP and RTCP
// at either side; one in ten is IPv6. Of every other call another call names the same ones: there only what passes
// between two of them counts. With 0 it is the table of who has no call: the servers' packets are let through.
std::unique_ptr<const TargetTable> make_call_bindings(uint32_t endpoints, const Traffic& traffic);

}  // namespace lictor::perf
