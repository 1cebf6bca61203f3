// The classifier's promises written a second time, as plainly as they can be: one frame, every level, every rule, octet
// by octet. What tests hold parse_batch and classify_batch against; shares no code with them. Any thread.
#pragma once

#include <map>
#include <span>

#include "dataplane/base/match_record.h"
#include "dataplane/packet/encapsulation.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

// The tasks that `frame` is for, with their directions; nothing where it is not IP or cannot be classified. The
// outermost level that matches any of a task's rules counts for that task.
std::map<TaskSlot, Direction> classify_naively(Bytes frame, uint16_t port, LegalTime now,
                                               std::span<const TargetRule> rules, const EncapsulationTrust& trust = {});

}  // namespace lictor
