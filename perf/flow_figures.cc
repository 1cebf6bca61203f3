// Figures of five-tuples: how long their table takes to be built.
#include "dataplane/base/clock.h"
#include "dataplane/flow_table_builder.h"
#include "perf/figure_kit.h"
#include "perf/figure_list.h"
#include "perf/rule_sets.h"

namespace lictor::perf {
namespace {

using nlohmann::json;

constexpr uint32_t kFiveTuples = 10'000;
constexpr uint32_t kBuilds = 5;

// Seconds of each build.
Result<Spread> time_builds(const std::vector<TargetRule>& rules) {
  std::vector<double> seconds;
  for (uint32_t i = 0; i < kBuilds; ++i) {
    const SocketTime start = socket_now();
    const auto table = build_flow_table(rules, FlowLimits{});
    if (!table.ok()) return table.status();
    seconds.push_back(static_cast<double>((socket_now().ns - start.ns)) / 1e9);
  }
  return spread_of(std::move(seconds));
}

}  // namespace

// The slower of two: a tuple for each of so many hosts, and a hundred for each of a hundred prefixes, which is what
// rte_acl is for. There are no windows: nothing is received.
Result<json> measure_flow_build(const WindowPlan& /*plan*/) {
  const Result<Spread> hosts = time_builds(make_five_tuples(kFiveTuples, kFiveTuples, FiveTupleTarget::kHost));
  if (!hosts.ok()) return hosts.status();
  const Result<Spread> prefixes =
      time_builds(make_five_tuples(kFiveTuples, kFiveTuples / 100, FiveTupleTarget::kPrefix));
  if (!prefixes.ok()) return prefixes.status();
  json figure = figure_of(hosts->median > prefixes->median ? *hosts : *prefixes, "s");
  figure["details"] = {{"one_a_host_s", hosts->median}, {"hundred_a_prefix_s", prefixes->median}};
  figure["samples"] = {{"one_a_host", hosts->samples}, {"hundred_a_prefix", prefixes->samples}};
  return figure;
}

}  // namespace lictor::perf
