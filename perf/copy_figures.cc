// Figures of packets that match: what the receiving lcore pays for the copy.
#include "dataplane/dpdk/eal.h"
#include "perf/copy_tail.h"
#include "perf/environment.h"
#include "perf/figure_kit.h"
#include "perf/figure_list.h"
#include "perf/figures.h"
#include "perf/rule_sets.h"
#include "perf/slowed_loop.h"
#include "perf/tail_thread.h"

namespace lictor::perf {

using nlohmann::json;

Result<json> measure_matched(double percent, const WindowPlan& plan) {
  TrafficPlan traffic_plan = sized("64");
  traffic_plan.match_percent = percent;
  const Traffic traffic(traffic_plan);
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_ring(traffic);
  if (!port.ok()) return port.status();
  std::vector<TargetRule> rules = make_rules({}, traffic);
  const auto without = ProductLoop::make(**port, tables_of(rules));
  if (!without.ok()) return without.status();
  append_matching(traffic, rules);
  const auto with = ProductLoop::make(**port, tables_of(rules));
  if (!with.ok()) return with.status();
  SlowedLoop slowed(**with, kAddedNs, [&] { return (*with)->matched(); });
  CopyTail tail((*with)->ring());
  TailThread tail_thread(tail);
  if (Status status = tail_thread.start(); !status.ok()) return status;
  const Result<Windows> windows = run_on_rx_lcore({without->get(), with->get(), &slowed}, plan);
  tail_thread.stop();
  if (!windows.ok()) return windows.status();
  const Status status = first_of(
      {expect_lossless(**port), expect_accounted(**without), expect_unmatched(**without), expect_accounted(**with)});
  if (!status.ok()) return status;
  if (tail.totals().copies != (*with)->copies()) return absl::InternalError("copies were lost on their way");
  const double share = static_cast<double>((*with)->matched()) / static_cast<double>((*with)->received());
  Spread extra = extra_ns((*windows)[1], (*windows)[0]);
  for (double* const value : {&extra.median, &extra.low, &extra.high}) *value /= share;
  json figure = figure_of(extra, "ns a matched packet");
  figure["added_ns"] = kAddedNs;
  figure["moved_ns"] = extra_ns((*windows)[2], (*windows)[1]).median / share;
  figure["details"] = {{"without_ns", ns_per_packet((*windows)[0]).median},
                       {"with_ns", ns_per_packet((*windows)[1]).median},
                       {"matched_share", share},
                       {"copies", tail.totals().copies}};
  figure["samples"] = samples_of({"without", "with", "with_slowed"}, *windows);
  return figure;
}

}  // namespace lictor::perf
