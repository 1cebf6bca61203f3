#include "dataplane/rx_tables.h"

#include "dataplane/flow_table_builder.h"
#include "dataplane/packet/target_table_builder.h"

namespace lictor {

std::unique_ptr<const RxTables> RxTables::make_empty() {
  return std::make_unique<const RxTables>(RxTables{TargetTable::build({}), std::make_shared<const FlowTable>()});
}

Result<std::unique_ptr<const RxTables>> RxTables::build(std::span<const TargetRule> rules, const FlowLimits& limits) {
  TargetTableBuilder targets;
  std::vector<TargetRule> flows;
  for (const TargetRule& rule : rules) {
    if (is_flow_target(rule)) {
      targets.watch(rule.prefix);
      flows.push_back(rule);
    } else {
      targets.add(rule);
    }
  }
  Result<std::unique_ptr<const FlowTable>> flow_table = build_flow_table(std::move(flows), limits);
  if (!flow_table.ok()) return flow_table.status();
  return std::make_unique<const RxTables>(RxTables{targets.build(), *std::move(flow_table)});
}

}  // namespace lictor
