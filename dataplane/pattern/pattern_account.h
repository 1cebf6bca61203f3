// What one rx lcore's pattern matcher did, and what its bounds cost. Written by the rx lcore, read by any thread.
#pragma once

#include "dataplane/base/counter.h"

namespace lictor {

struct PatternAccount {
  Counter scanned;  // packets that were looked into
  Counter scanned_bytes;
  Counter over_budget;
  Counter streams_evicted;    // followed streams that were given up for others: a match that spans them is missed
  Counter streams_restarted;  // at a gap
  Counter flows_evicted;      // selected flows that were given up for others: they are selected no more
};

}  // namespace lictor
