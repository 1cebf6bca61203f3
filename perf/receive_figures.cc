// Figures of packets that nobody asked for: the product's receive path beside the reference loop, and stage by stage.
#include "perf/figure_kit.h"
#include "perf/figure_list.h"
#include "perf/figures.h"
#include "perf/reference_loop.h"
#include "perf/rule_sets.h"
#include "perf/slowed_loop.h"
#include "perf/stage_loop.h"

namespace lictor::perf {

using nlohmann::json;

Result<json> measure_unmatched(const TrafficPlan& traffic_plan, const WindowPlan& plan) {
  const Traffic traffic(traffic_plan);
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_capture(traffic);
  if (!port.ok()) return port.status();
  ReferenceLoop reference((*port)->id());
  const auto product = ProductLoop::make(**port, tables_of(make_rules({}, traffic)));
  if (!product.ok()) return product.status();
  SlowedLoop slowed(**product, kAddedNs, [&] { return (*product)->received(); });
  const Result<Windows> windows = run_on_rx_lcore({&reference, product->get(), &slowed}, plan);
  if (!windows.ok()) return windows.status();
  const Status status = first_of({expect_lossless(**port), expect_accounted(**product), expect_unmatched(**product)});
  if (!status.ok()) return status;
  json figure = figure_of(rate_ratio((*windows)[1], (*windows)[0]), "ratio");
  figure["added_ns"] = kAddedNs;
  figure["moved_ns"] = extra_ns((*windows)[2], (*windows)[1]).median;
  figure["details"] = {{"reference_ns", ns_per_packet((*windows)[0]).median},
                       {"product_ns", ns_per_packet((*windows)[1]).median},
                       {"packets", (*port)->totals().received}};
  figure["samples"] = samples_of({"reference", "product", "product_slowed"}, *windows);
  return figure;
}

Result<json> measure_stages(const TrafficPlan& traffic_plan, const WindowPlan& plan) {
  const Traffic traffic(traffic_plan);
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_capture(traffic);
  if (!port.ok()) return port.status();
  const std::vector<TargetRule> rules = make_rules({}, traffic);
  const std::unique_ptr<const TargetTable> table = TargetTable::build(rules);
  const auto product = ProductLoop::make(**port, tables_of(rules));
  if (!product.ok()) return product.status();
  ReferenceLoop reference((*port)->id());
  const auto until = [&](LastStage last) {
    return StagePlan{.port = (*port)->id(), .frame_bytes_max = kFrameMax, .last = last, .targets = table.get()};
  };
  StageLoop receive(until(LastStage::kReceive));
  StageLoop prefilter(until(LastStage::kPrefilter));
  StageLoop parse(until(LastStage::kParse));
  StageLoop classify(until(LastStage::kClassify));
  const Result<Windows> windows =
      run_on_rx_lcore({&reference, &receive, &prefilter, &parse, &classify, product->get()}, plan);
  if (!windows.ok()) return windows.status();
  const std::vector<std::string> names = {"reference", "receive", "prefilter", "parse", "classify", "product"};
  json details;
  for (size_t i = 0; i < names.size(); ++i) {
    details[names[i] + "_cycles"] = cycles_of(ns_per_packet((*windows)[i]).median);
  }
  details["looked_into_share"] =
      static_cast<double>(prefilter.looked_into()) / static_cast<double>(prefilter.received());
  json figure = figure_of(extra_ns(windows->back(), windows->front()), "ns a packet");
  figure["details"] = details;
  figure["samples"] = samples_of(names, *windows);
  return figure;
}

}  // namespace lictor::perf
