// All that rx lcores decide by, published as one through a LiveTable: a task whose targets change from one kind to
// another is then never between the two. Immutable; any number of rx lcores may read.
#pragma once

#include <memory>
#include <span>

#include "dataplane/flow_table.h"
#include "dataplane/packet/target_table.h"

namespace lictor {

// Whether a rule stands in the flow table, and its target's side in the target table as watched; else in that one.
inline bool is_flow_target(const TargetRule& rule) { return rule.key == RuleKey::kAddress && rule.is_flow(); }

struct RxTables {
  // None is null. `targets` watches the target's side of every flow, else no packet is asked for it.
  std::shared_ptr<const TargetTable> targets;
  std::shared_ptr<const FlowTable> flows;

  // Nothing matches.
  static std::unique_ptr<const RxTables> make_empty();
  // Tables of `rules` alone, flows in theirs; refused as build_flow_table says.
  static Result<std::unique_ptr<const RxTables>> build(std::span<const TargetRule> rules, const FlowLimits& limits);
};

}  // namespace lictor
