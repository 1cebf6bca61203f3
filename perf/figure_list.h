// Every figure's measurement. Each makes its traffic, port, tables and loops, and answers as measure_figure() does.
// Main thread.
#pragma once

#include <nlohmann/json.hpp>

#include "dataplane/base/result.h"
#include "perf/traffic.h"
#include "perf/windows.h"

namespace lictor::perf {

// The product's receive path over the reference loop, on a capture that net_pcap offers without end.
Result<nlohmann::json> measure_unmatched(const TrafficPlan& traffic, const WindowPlan& plan);
// Where the time of that goes: loops that end after one stage each.
Result<nlohmann::json> measure_stages(const TrafficPlan& traffic, const WindowPlan& plan);

// What an unrelated UDP packet costs beside a session lcore that has bound no media, over what it costs where it has
// bound 100,000 ends of them, as calls make them.
Result<nlohmann::json> measure_media(const WindowPlan& plan);
// TSC cycles that a packet costs more with 1,000,000 hosts installed than with 10: no hits, all addresses different.
Result<nlohmann::json> measure_million_hosts(const WindowPlan& plan);
// The packet rate while 1,000 target changes a second are published, over the rate without.
Result<nlohmann::json> measure_changes(const WindowPlan& plan);

// Seconds that a table of 10,000 five-tuples takes from the order to the last method chosen.
Result<nlohmann::json> measure_flow_build(const WindowPlan& plan);

// Nanoseconds that the receiving lcore spends more on a 64-octet packet that matches, where that share of them does and
// another lcore takes the copies.
Result<nlohmann::json> measure_matched(double percent, const WindowPlan& plan);

}  // namespace lictor::perf
