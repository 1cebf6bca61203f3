// The figures that are measured inside this process: each a pair of loops, the traffic, and the tables. Every figure is
// also measured with a known time added to one side: what it moves by shows that the harness measures. Main thread; the
// windows run on the receiving lcore.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/result.h"
#include "perf/windows.h"

namespace lictor::perf {

// What is added to a packet's work where the harness itself is measured.
constexpr double kAddedNs = 100;

// Names of all figures, in the order in which they are shown.
std::vector<std::string_view> figure_names();

// {"value", "low", "high", "unit", "added_ns", "moved_ns", "details": {…}, "samples": {name: [[packets, cpu_ns,
// wall_ns], …]}} of one figure. NotFound where there is none of that name, Internal where a counted run lost a packet
// or matched what it must not.
Result<nlohmann::json> measure_figure(std::string_view name, const WindowPlan& plan);

}  // namespace lictor::perf
