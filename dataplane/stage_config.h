// The configuration of what looks at packets that matched, before they are copied: exclusions of a port, de-duplication
// of tap groups, the limits of patterns; and of the fragments that wait for their first. Read once at start by the main
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/config_reader.h"
#include "dataplane/packet/fragment_tracker.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/pattern/pattern.h"

namespace lictor {

struct PortConfig;

struct DeduplicateConfig {
  std::vector<std::string> groups;  // tap groups whose ports see packets twice; none: nothing is de-duplicated
  uint32_t window_ms = 50;
  uint32_t packets_max = 65536;  // that each rx lcore remembers, of each group
};

// More prefixes than this are a mistake: a port's list is for an operator's own networks.
constexpr size_t kExclusionsPerPortMax = 1024;

// A list of prefixes ("198.51.100.0/24", "2001:db8::/32") or addresses; absent: none.
std::vector<IpPrefix> read_exclusions(ConfigGroup& port, std::string_view key);

// `ports` are read already: each group is one of theirs, with two ports at least, of as many queues each. Else the same
// packet would come to two lcores, and neither knows of the other.
DeduplicateConfig read_deduplicate(ConfigGroup group, std::span<const PortConfig> ports);

PatternLimits read_patterns(ConfigGroup group);

// Of each rx lcore.
FragmentLimits read_fragments(ConfigGroup group);

}  // namespace lictor
