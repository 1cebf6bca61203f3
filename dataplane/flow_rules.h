// A set of flow rules with what finds them: what several tables may share. Immutable; any number of rx lcores may read.
#pragma once

#include <memory>
#include <vector>

#include "dataplane/flow_set.h"

namespace lictor {

struct FlowRules {
  std::vector<TargetRule> rules;  // sorted, so that those of one five-tuple stand together
  FlowSet<Ipv4Key> ipv4;
  FlowSet<Ipv6Key> ipv6;

  // Calls `visit(index of a rule)` for every rule whose five-tuple holds `key`.
  template <typename Key, typename Visit>
  void for_each(const FlowKey<Key>& key, uint32_t found, Visit visit) const {
    set_for(key).for_each(key, found, [&visit](IndexRange range) {
      for (uint32_t at = range.first; at < range.end(); ++at) visit(at);
    });
  }

 private:
  [[nodiscard]] const FlowSet<Ipv4Key>& set_for(const FlowKey<Ipv4Key>&) const { return ipv4; }
  [[nodiscard]] const FlowSet<Ipv6Key>& set_for(const FlowKey<Ipv6Key>&) const { return ipv6; }
};

// Whether a table can hold `rule`: InvalidArgument where it is no flow, has no target's side, two families, or
// a range that holds no port.
Status check_flow(const TargetRule& rule);

// Rules that passed check_flow, found by walking those of their prefix: takes microseconds.
FlowRules walked_flow_rules(std::vector<TargetRule> rules);

// Rules that passed check_flow, found by the fastest method: takes milliseconds, or what FlowSet::fastest says.
Result<FlowRules> fastest_flow_rules(std::vector<TargetRule> rules, const FlowLimits& limits,
                                     const std::atomic<bool>& stop);

}  // namespace lictor
