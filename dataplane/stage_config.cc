#include "dataplane/stage_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dataplane/config.h"

namespace lictor {
namespace {

uint32_t number(ConfigGroup& group, std::string_view key, int64_t min, int64_t max, uint32_t fallback) {
  return static_cast<uint32_t>(group.integer(key, {.min = min, .max = max, .fallback = fallback}));
}

}  // namespace

std::vector<IpPrefix> read_exclusions(ConfigGroup& port, std::string_view key) {
  std::vector<IpPrefix> prefixes;
  for (const std::string& text : port.texts(key)) {
    const Result<IpPrefix> prefix = IpPrefix::parse(text);
    if (!prefix.ok()) {
      port.refuse(key, fmt::format("{}: {}", text, std::string(prefix.status().message())));
      continue;
    }
    prefixes.push_back(*prefix);
  }
  if (prefixes.size() > kExclusionsPerPortMax)
    port.refuse(key, fmt::format("at most {} prefixes are possible", kExclusionsPerPortMax));
  return prefixes;
}

DeduplicateConfig read_deduplicate(ConfigGroup group, std::span<const PortConfig> ports) {
  DeduplicateConfig config;
  config.groups = group.texts("groups");
  config.window_ms = number(group, "window_ms", 1, 10'000, config.window_ms);
  config.packets_max = number(group, "packets_max", 1024, 1 << 24, config.packets_max);
  std::set<std::string> named;
  for (const std::string& name : config.groups) {
    if (!named.insert(name).second) group.refuse("groups", fmt::format("{} is there twice", name));
    std::set<uint16_t> queues;
    size_t members = 0;
    for (const PortConfig& port : ports) {
      if (name.empty() || port.tap_group != name) continue;
      queues.insert(port.queues);
      ++members;
    }
    if (members < 2) group.refuse("groups", fmt::format("{} is the tap_group of less than two ports", name));
    if (queues.size() > 1) group.refuse("groups", fmt::format("{}: its ports have not as many queues each", name));
  }
  return config;
}

PatternLimits read_patterns(ConfigGroup group) {
  PatternLimits limits;
  limits.compile_ms_max = number(group, "compile_ms_max", 1, 60'000, limits.compile_ms_max);
  limits.compilers_max = number(group, "compilers_max", 1, 16, limits.compilers_max);
  limits.database_bytes_max = number(group, "database_bytes_max", 4096, 1 << 30, limits.database_bytes_max);
  limits.streams_max = number(group, "streams_max", 16, 1 << 22, limits.streams_max);
  limits.stream_state_bytes_max = number(group, "stream_state_bytes_max", 64, 65536, limits.stream_state_bytes_max);
  limits.flows_max = number(group, "flows_max", 16, 1 << 22, limits.flows_max);
  limits.stream_idle_s = number(group, "stream_idle_s", 1, 86'400, limits.stream_idle_s);
  limits.flow_idle_s = number(group, "flow_idle_s", 1, 86'400, limits.flow_idle_s);
  limits.budget_percent = number(group, "budget_percent", 1, 100, limits.budget_percent);
  return limits;
}

FragmentLimits read_fragments(ConfigGroup group) {
  constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
  FragmentLimits limits;
  limits.datagrams_max = number(group, "datagrams_max", 64, 1 << 22, 4096);
  limits.parked_bytes_max = number(group, "parked_bytes_max", 65536, 1 << 30, 4 << 20);
  limits.age_ns = kNanosecondsPerMillisecond * number(group, "timeout_ms", 1, 60'000, 2000);
  return limits;
}

}  // namespace lictor
