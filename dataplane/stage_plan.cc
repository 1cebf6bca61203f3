#include "dataplane/stage_plan.h"

#include <rte_cycles.h>

#include <algorithm>
#include <map>

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

uint64_t cycles_now() { return rte_rdtsc(); }

}  // namespace

MatchStagesPlan plan_match_stages(const DataplaneConfig& config, size_t lcore, RxAccount& account) {
  MatchStagesPlan plan;
  std::map<std::string, uint16_t> groups;
  uint16_t next_group = 0;
  for (const PortConfig& port : config.ports) {
    PortStages& stages = plan.ports.emplace_back();
    // A port without a group is one by itself.
    const auto [group, is_new] = groups.try_emplace(port.tap_group, next_group);
    stages.tap_group = port.tap_group.empty() ? next_group : group->second;
    if (is_new || port.tap_group.empty()) ++next_group;
    stages.deduplicate =
        std::ranges::find(config.deduplicate.groups, port.tap_group) != config.deduplicate.groups.end();
    if (port.exclude.empty()) continue;
    stages.exclusions = std::make_shared<const ExclusionSet>(port.exclude, std::span<const TransportEndpoint>());
  }
  plan.deduplicate_window_ns = config.deduplicate.window_ms * kNanosecondsPerMillisecond;
  plan.deduplicate_places = config.deduplicate.packets_max;
  plan.patterns = PatternMatcherPlan{.lcore = lcore,
                                     .limits = config.patterns,
                                     .cycles = cycles_now,
                                     .cycles_per_second = rte_get_tsc_hz(),
                                     .account = &account.stages.patterns};
  return plan;
}

}  // namespace lictor
