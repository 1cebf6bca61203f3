#include "perf/figures.h"

#include <fmt/format.h>

#include <functional>

#include "perf/figure_kit.h"
#include "perf/figure_list.h"

namespace lictor::perf {
namespace {

using nlohmann::json;

// Half plain IPv4, a quarter with a tag, a quarter IPv6.
TrafficPlan mixed_64() {
  TrafficPlan plan = sized("64");
  plan.vlan_percent = 25;
  plan.ipv6_percent = 25;
  return plan;
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
      {"media_100k_vs_0", measure_media},
      {"swap_rate_kept", measure_changes},
      {"classify_1m_extra_cycles", measure_million_hosts},
      {"match_marginal_ns_1pct", [](const WindowPlan& plan) { return measure_matched(1, plan); }},
      {"match_marginal_ns_10pct", [](const WindowPlan& plan) { return measure_matched(10, plan); }},
      {"table_build_10k_fivetuple_s", measure_flow_build},
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
  return absl::NotFoundError("there is no such figure: measure --help lists them");
}

}  // namespace lictor::perf
