#include "dataplane/flow_table.h"

namespace lictor {

FlowTable::FlowTable() : FlowTable(std::make_shared<const FlowRules>(), {}, {}) {}

FlowTable::FlowTable(std::shared_ptr<const FlowRules> base, std::vector<uint64_t> removed, FlowRules added)
    : base_(std::move(base)),
      removed_(std::move(removed)),
      added_(std::move(added)),
      empty_(base_->rules.empty() && added_.rules.empty()) {}

void FlowTable::find(FlowLookup& lookup) const noexcept {
  base_->ipv4.find({lookup.ipv4_.keys.data(), lookup.ipv4_.count}, lookup.ipv4_.found.data());
  base_->ipv6.find({lookup.ipv6_.keys.data(), lookup.ipv6_.count}, lookup.ipv6_.found.data());
}

}  // namespace lictor
