// The interactive mode: commands from standard input, one a line, as testpmd has them. Main thread.
#pragma once

#include "perf/session.h"

namespace lictor::perf {

// Until "quit" or the end of the input. Exit status: 0, or 1 where a session ended with a sum that does not hold.
int run_console(SessionPlan plan);

}  // namespace lictor::perf
