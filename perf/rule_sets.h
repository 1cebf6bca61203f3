// The tables that a measurement installs: as many targets of each kind as an operator may have, none of which the
// traffic matches, and those that it shall match. Made before measuring. No DPDK.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/packet/target_rule.h"
#include "dataplane/rx_tables.h"
#include "perf/traffic.h"

namespace lictor::perf {

// Tasks that the rules are spread over.
constexpr uint32_t kTasksMax = 4096;

// The standard set of the figures.
struct RuleSetPlan {
  uint32_t ipv4_hosts = 10'000;
  uint32_t ipv6_hosts = 1'000;
  uint32_t prefixes = 100;       // four in five IPv4 of 24 to 29 bits, the others IPv6 of 48 to 64
  uint32_t five_tuples = 1'000;  // a host's transport and port towards one port of a remote prefix
  uint32_t media = 0;            // address and port of one media flow each
  uint64_t seed = 7;
};

// Rules that no frame of `traffic` matches.
std::vector<TargetRule> make_rules(const RuleSetPlan& plan, const Traffic& traffic);

// `count` five-tuples over `targets` hosts or IPv4 prefixes of 24 bits.
enum class FiveTupleTarget : uint8_t { kHost, kPrefix };
std::vector<TargetRule> make_five_tuples(uint32_t count, uint32_t targets, FiveTupleTarget kind);

// One rule for each of the traffic's targets, each of another task while there are kTasksMax of them.
void append_matching(const Traffic& traffic, std::vector<TargetRule>& rules);

// What an rx lcore decides by.
std::unique_ptr<const RxTables> tables_of(const std::vector<TargetRule>& rules);

}  // namespace lictor::perf
