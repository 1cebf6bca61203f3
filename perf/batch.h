// One session for a known time, with a line a second and the totals at the end. Main thread.
#pragma once

#include <string>

#include "perf/session.h"

namespace lictor::perf {

struct BatchPlan {
  SessionPlan session;
  double duration_s = 10;
  std::string json_file;  // empty: none
};

// Ends after its duration, or at SIGINT or SIGTERM before it. Exit status: 0, or 1 where it could not run or a sum does
// not hold.
int run_batch(const BatchPlan& plan);

}  // namespace lictor::perf
