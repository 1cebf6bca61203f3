#include "perf/figures.h"

#include <fmt/format.h>
#include <rte_cycles.h>

#include <functional>
#include <memory>

#include "dataplane/dpdk/eal.h"
#include "perf/environment.h"
#include "perf/product_loop.h"
#include "perf/reference_loop.h"
#include "perf/rule_sets.h"
#include "perf/slowed_loop.h"
#include "perf/stage_loop.h"
#include "perf/test_port.h"

namespace lictor::perf {
namespace {

using nlohmann::json;

TrafficPlan sized(std::string_view sizes) {
  TrafficPlan plan;
  plan.sizes = *parse_sizes(sizes);
  return plan;
}

TrafficPlan mixed_64() {
  TrafficPlan plan;
  plan.vlan_percent = 25;
  plan.ipv6_percent = 25;
  return plan;
}

// The windows, on the lcore that receives.
Result<Windows> run_on_lcore(const std::vector<Loop*>& loops, const WindowPlan& plan) {
  Windows windows;
  {
    const Result<std::unique_ptr<LcoreThread>> thread =
        LcoreThread::launch(kRxLcore, [&] { windows = run_windows(loops, plan); });
    if (!thread.ok()) return thread.status();
  }
  return windows;
}

json samples_of(const std::vector<std::string>& names, const Windows& windows) {
  json samples = json::object();
  for (size_t i = 0; i < names.size(); ++i) {
    for (const Window& window : windows[i])
      samples[names[i]].push_back({window.packets, window.cpu_ns, window.wall_ns});
  }
  return samples;
}

json described(const Spread& spread, std::string_view unit) {
  return {{"value", spread.median}, {"low", spread.low}, {"high", spread.high}, {"unit", unit}};
}

Status expect_lossless(const TestPort& port) {
  const PortTotals totals = port.totals();
  if (totals.lost() == 0) return absl::OkStatus();
  return absl::InternalError(fmt::format("the port lost {} packets in a counted run", totals.lost()));
}

Status expect_unmatched(const ProductLoop& loop) {
  if (loop.received() != loop.unmatched() + loop.matched() + loop.dropped()) {
    return absl::InternalError(fmt::format("received {} is not unmatched {} + matched {} + dropped {}", loop.received(),
                                           loop.unmatched(), loop.matched(), loop.dropped()));
  }
  if (loop.matched() + loop.dropped() == 0) return absl::OkStatus();
  return absl::InternalError(fmt::format("{} packets matched and {} were dropped, of traffic that is nobody's",
                                         loop.matched(), loop.dropped()));
}

// The product's receive path over the reference loop, on a capture that net_pcap offers without end.
Result<json> measure_unmatched(const TrafficPlan& traffic_plan, const WindowPlan& plan) {
  const Traffic traffic(traffic_plan);
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_capture(traffic);
  if (!port.ok()) return port.status();
  ReferenceLoop reference((*port)->id());
  const Result<std::unique_ptr<ProductLoop>> product = ProductLoop::make(**port, make_rules({}, traffic));
  if (!product.ok()) return product.status();
  SlowedLoop slowed(**product, kAddedNs, [&] { return (*product)->received(); });
  const Result<Windows> windows = run_on_lcore({&reference, product->get(), &slowed}, plan);
  if (!windows.ok()) return windows.status();
  for (const Status& status : {expect_lossless(**port), expect_unmatched(**product)}) {
    if (!status.ok()) return status;
  }
  json figure = described(rate_ratio((*windows)[1], (*windows)[0]), "ratio");
  figure["added_ns"] = kAddedNs;
  figure["moved_ns"] = extra_ns((*windows)[2], (*windows)[1]).median;
  figure["details"] = {{"reference_ns", ns_per_packet((*windows)[0]).median},
                       {"product_ns", ns_per_packet((*windows)[1]).median},
                       {"packets", (*port)->totals().received}};
  figure["samples"] = samples_of({"reference", "product", "product_slowed"}, *windows);
  return figure;
}

// Where the time of the receive path goes: loops that end after one stage each.
Result<json> measure_stages(const TrafficPlan& traffic_plan, const WindowPlan& plan) {
  const Traffic traffic(traffic_plan);
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_capture(traffic);
  if (!port.ok()) return port.status();
  const std::unique_ptr<const TargetTable> table = TargetTable::build(make_rules({}, traffic));
  const Result<std::unique_ptr<ProductLoop>> product = ProductLoop::make(**port, make_rules({}, traffic));
  if (!product.ok()) return product.status();
  ReferenceLoop reference((*port)->id());
  const auto until = [&](LastStage last) {
    return StageLoop({.port = (*port)->id(), .frame_bytes_max = kFrameMax, .last = last, .targets = table.get()});
  };
  StageLoop receive = until(LastStage::kReceive);
  StageLoop prefilter = until(LastStage::kPrefilter);
  StageLoop parse = until(LastStage::kParse);
  StageLoop classify = until(LastStage::kClassify);
  const Result<Windows> windows =
      run_on_lcore({&reference, &receive, &prefilter, &parse, &classify, product->get()}, plan);
  if (!windows.ok()) return windows.status();
  const std::vector<std::string> names = {"reference", "receive", "prefilter", "parse", "classify", "product"};
  json details;
  for (size_t i = 0; i < names.size(); ++i) {
    const double nanoseconds = ns_per_packet((*windows)[i]).median;
    details[names[i] + "_ns"] = nanoseconds;
    details[names[i] + "_cycles"] = nanoseconds * static_cast<double>(rte_get_tsc_hz()) / 1e9;
  }
  json figure = described(extra_ns(windows->back(), windows->front()), "ns a packet");
  details["looked_into_share"] =
      static_cast<double>(prefilter.looked_into()) / static_cast<double>(prefilter.received());
  figure["details"] = details;
  figure["samples"] = samples_of(names, *windows);
  return figure;
}

struct Entry {
  std::string_view name;
  std::function<Result<json>(const WindowPlan&)> measure;
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> kEntries = {
      {"unmatched_64_vs_ref", [](const WindowPlan& plan) { return measure_unmatched(sized("64"), plan); }},
      {"unmatched_imix_vs_ref", [](const WindowPlan& plan) { return measure_unmatched(sized("imix"), plan); }},
      {"unmatched_1514_vs_ref", [](const WindowPlan& plan) { return measure_unmatched(sized("1514"), plan); }},
      {"unmatched_mix64_vs_ref", [](const WindowPlan& plan) { return measure_unmatched(mixed_64(), plan); }},
      {"stages_64", [](const WindowPlan& plan) { return measure_stages(sized("64"), plan); }},
      {"stages_mix64", [](const WindowPlan& plan) { return measure_stages(mixed_64(), plan); }},
  };
  return kEntries;
}

}  // namespace

std::vector<std::string_view> figure_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries()) names.push_back(entry.name);
  return names;
}

Result<json> measure_figure(std::string_view name, const WindowPlan& plan) {
  for (const Entry& entry : entries()) {
    if (entry.name == name) return entry.measure(plan);
  }
  return absl::NotFoundError(fmt::format("{}: there is no such figure", name));
}

}  // namespace lictor::perf
