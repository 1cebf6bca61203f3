// The `spool` group of the configuration: memory or disk, where, how much, how old, how sure. Main thread.
#pragma once

#include "dataplane/base/config_reader.h"
#include "encoders/spool/spool_plan.h"

namespace lictor {

// What is out of bounds is refused in the group. `memory_bytes`: of a spool in memory; `record_bytes_max`: what a spool
// on disk has to hold at least.
SpoolPlan read_spool(ConfigGroup group, uint64_t memory_bytes, uint32_t record_bytes_max);

}  // namespace lictor
