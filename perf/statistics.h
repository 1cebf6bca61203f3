// A session's totals in words and as JSON. Main thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "perf/session.h"

namespace lictor::perf {

// One line about what happened between two moments of a session.
std::string describe_interval(Mode mode, const SessionTotals& before, const SessionTotals& after);

// Every total, a line each, and whether the sums hold. Of a session that has ended.
std::string describe_end(Mode mode, const SessionTotals& totals);

nlohmann::json to_json(const SessionTotals& totals);

}  // namespace lictor::perf
