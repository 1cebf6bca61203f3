// From the configuration to what the stages of one rx lcore work with. Main thread, at start.
#pragma once

#include "dataplane/config.h"
#include "dataplane/match_stages.h"

namespace lictor {

// For rx lcore `lcore`, the number of its scratch in pattern sets; `account` is its own.
MatchStagesPlan plan_match_stages(const DataplaneConfig& config, size_t lcore, RxAccount& account);

}  // namespace lictor
