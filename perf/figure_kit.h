// What all figures share: windows on the receiving lcore, checks of what was counted, and the form of the answer. Main
// thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/result.h"
#include "perf/product_loop.h"
#include "perf/test_port.h"
#include "perf/windows.h"

namespace lictor::perf {

// Traffic of these sizes (see parse_sizes), otherwise standard: 10,000 flows of IPv4.
TrafficPlan sized(std::string_view sizes);

// The windows, on the lcore that receives.
Result<Windows> run_on_rx_lcore(const std::vector<Loop*>& loops, const WindowPlan& plan);

// A figure that is a ratio, with what it became when kAddedNs were added.
nlohmann::json figure_of(const Spread& spread, std::string_view unit);
// {name: [[packets, cpu_ns, wall_ns], …]}, in the order of the loops.
nlohmann::json samples_of(const std::vector<std::string>& names, const Windows& windows);

double cycles_of(double nanoseconds);

// Internal where a counted run lost a packet, where a packet has no fate, or where one matched that is nobody's.
Status expect_lossless(const TestPort& port);
Status expect_accounted(const ProductLoop& loop);
Status expect_unmatched(const ProductLoop& loop);
// The first that is not OK.
Status first_of(std::initializer_list<Status> statuses);

}  // namespace lictor::perf
