// Figures of the tables: how little it matters to a stranger's packet what is installed, and that it changes.
#include <fmt/format.h>

#include <optional>

#include "dataplane/packet/target_table_builder.h"
#include "perf/call_bindings.h"
#include "perf/changed_loop.h"
#include "perf/figure_kit.h"
#include "perf/figure_list.h"
#include "perf/figures.h"
#include "perf/rule_sets.h"
#include "perf/slowed_loop.h"

namespace lictor::perf {
namespace {

using nlohmann::json;

constexpr uint32_t kManyHosts = 1'000'000;
constexpr uint32_t kFewHosts = 10;
constexpr uint32_t kMedia = 100'000;
constexpr uint32_t kDistinctPackets = 32'768;

// What one of the compared loops looks packets up in.
struct Installed {
  RuleSetPlan rules;
  std::optional<uint32_t>
      media;  // ends of calls' media that a session lcore has bound; nothing: there is no such lcore
};

Result<std::unique_ptr<ProductLoop>> product_of(const TestPort& port, const Traffic& traffic,
                                                const Installed& installed) {
  return ProductLoop::make(port, tables_of(make_rules(installed.rules, traffic)),
                           installed.media ? make_call_bindings(*installed.media, traffic) : nullptr);
}

// The same packets under several tables, and at the end under the last of them, slowed.
struct Tables {
  Windows windows;
  uint64_t packets = 0;
};

Result<Tables> compare_tables(const TrafficPlan& traffic_plan, const std::vector<Installed>& all,
                              const WindowPlan& plan) {
  const Traffic traffic(traffic_plan);
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_ring(traffic);
  if (!port.ok()) return port.status();
  std::vector<std::unique_ptr<ProductLoop>> products;
  std::vector<Loop*> loops;
  for (const Installed& installed : all) {
    Result<std::unique_ptr<ProductLoop>> product = product_of(**port, traffic, installed);
    if (!product.ok()) return product.status();
    loops.push_back(product->get());
    products.push_back(*std::move(product));
  }
  SlowedLoop slowed(*products.back(), kAddedNs, [&] { return products.back()->received(); });
  loops.push_back(&slowed);
  Result<Windows> windows = run_on_rx_lcore(loops, plan);
  if (!windows.ok()) return windows.status();
  Status status = expect_lossless(**port);
  for (const auto& product : products)
    status = first_of({status, expect_accounted(*product), expect_unmatched(*product)});
  if (!status.ok()) return status;
  return Tables{.windows = *std::move(windows), .packets = (*port)->totals().received};
}

// `names` are the columns'. The last of them is the one before, slowed.
json answer(json figure, const Tables& tables, const std::vector<std::string>& names) {
  const size_t slowed = names.size() - 1;
  figure["added_ns"] = kAddedNs;
  figure["moved_ns"] = extra_ns(tables.windows[slowed], tables.windows[slowed - 1]).median;
  figure["details"] = {{"packets", tables.packets}};
  for (size_t i = 0; i < slowed; ++i)
    figure["details"][names[i] + "_cycles"] = cycles_of(ns_per_packet(tables.windows[i]).median);
  figure["samples"] = samples_of(names, tables.windows);
  return figure;
}

}  // namespace

Result<json> measure_media(const WindowPlan& plan) {
  TrafficPlan traffic = sized("64");
  traffic.tcp_percent = 0;
  const Result<Tables> tables = compare_tables(
      traffic, {{.rules = {}, .media = {}}, {.rules = {}, .media = 0}, {.rules = {}, .media = kMedia}}, plan);
  if (!tables.ok()) return tables.status();
  return answer(figure_of(rate_ratio(tables->windows[2], tables->windows[1]), "ratio"), *tables,
                {"no_session_lcore", "no_media", "media_100k", "media_100k_slowed"});
}

Result<json> measure_million_hosts(const WindowPlan& plan) {
  TrafficPlan traffic = sized("64");
  traffic.packets = kDistinctPackets;
  traffic.flows = 0;
  const RuleSetPlan none{.ipv4_hosts = 0, .ipv6_hosts = 0, .prefixes = 0, .five_tuples = 0};
  RuleSetPlan few = none;
  few.ipv4_hosts = kFewHosts;
  RuleSetPlan many = none;
  many.ipv4_hosts = kManyHosts;
  const Result<Tables> tables =
      compare_tables(traffic, {{.rules = few, .media = {}}, {.rules = many, .media = {}}}, plan);
  if (!tables.ok()) return tables.status();
  Spread extra = extra_ns(tables->windows[1], tables->windows[0]);
  for (double* const value : {&extra.median, &extra.low, &extra.high}) *value = cycles_of(*value);
  return answer(figure_of(extra, "cycles a packet"), *tables, {"hosts_10", "hosts_1m", "hosts_1m_slowed"});
}

Result<json> measure_changes(const WindowPlan& plan) {
  const Traffic traffic(sized("64"));
  const Result<std::unique_ptr<TestPort>> port = TestPort::open_capture(traffic);
  if (!port.ok()) return port.status();
  TargetTableBuilder builder;
  const std::vector<TargetRule> rules = make_rules({}, traffic);
  for (const TargetRule& rule : rules) is_flow_target(rule) ? builder.watch(rule.prefix) : builder.add(rule);
  const auto product =
      ProductLoop::make(**port, std::make_unique<const RxTables>(RxTables{builder.build(), tables_of(rules)->flows}));
  if (!product.ok()) return product.status();
  TableChanger changer((*product)->tables(), builder, traffic);
  if (Status status = changer.start(); !status.ok()) return status;
  ChangedLoop changed(**product, changer);
  SlowedLoop slowed(**product, kAddedNs, [&] { return (*product)->received(); });
  const Result<Windows> windows = run_on_rx_lcore({product->get(), &changed, &slowed}, plan);
  const TableChanger::Done done = changer.stop();
  if (!windows.ok()) return windows.status();
  Status status = first_of({expect_lossless(**port), expect_accounted(**product), expect_unmatched(**product)});
  if (status.ok() && done.per_second < TableChanger::kChangesPerSecond * 0.95) {
    status = absl::InternalError(
        fmt::format("only {:.0f} changes a second were applied, each in {:.0f} us", done.per_second, done.median_us));
  }
  if (!status.ok()) return status;
  json figure = figure_of(rate_ratio((*windows)[1], (*windows)[0]), "ratio");
  figure["added_ns"] = kAddedNs;
  figure["moved_ns"] = extra_ns((*windows)[2], (*windows)[0]).median;
  figure["details"] = {{"quiet_ns", ns_per_packet((*windows)[0]).median},
                       {"changing_ns", ns_per_packet((*windows)[1]).median},
                       {"changes", done.changes},
                       {"changes_per_second", done.per_second},
                       {"change_us_median", done.median_us},
                       {"packets", (*port)->totals().received}};
  figure["samples"] = samples_of({"quiet", "changing", "quiet_slowed"}, *windows);
  return figure;
}

}  // namespace lictor::perf
