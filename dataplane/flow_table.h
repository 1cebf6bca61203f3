// All `flow:` targets of a dataplane: rules that ask for ports, a protocol or a remote side besides the target's
// address. Immutable: any number of rx lcores read it, published through a LiveTable. Asked for packets that the
// prefilter let through, which knows the target sides of all flows. Tables follow each other by FlowTableBuilder, and
// share the large part of their rules.
#pragma once

#include <memory>
#include <vector>

#include "dataplane/flow_lookup.h"
#include "dataplane/flow_rules.h"

namespace lictor {

class FlowTable {
 public:
  // An empty one.
  FlowTable();
  // The rules of `base` but those of which a bit is set in `removed`, and those of `added`. `removed` may be shorter.
  FlowTable(std::shared_ptr<const FlowRules> base, std::vector<uint64_t> removed, FlowRules added);

  [[nodiscard]] bool empty() const { return empty_; }
  // How the rules of crowded prefixes are found.
  [[nodiscard]] FlowMethod ipv4_method() const { return base_->ipv4.method(); }
  [[nodiscard]] FlowMethod ipv6_method() const { return base_->ipv6.method(); }

  // First, for a whole burst.
  void find(FlowLookup& lookup) const noexcept;

  // Then, for each frame: calls `visit(const TargetRule&, Direction, uint8_t level)` for every rule whose five-tuple
  // holds a level that was added, with the source as the target's side (kFromTarget) and with the destination
  // (kToTarget). A rule that names ports is not met where they are not known. Scopes and windows are the visitor's.
  template <typename Visit>
  void for_each(const FlowLookup& lookup, size_t frame, Visit visit) const {
    const IndexRange asked = lookup.of_frame_[frame];
    for (uint32_t i = asked.first; i < asked.end(); ++i) {
      const FlowLookup::Asked& level = lookup.asked_[i];
      if (level.ipv6) {
        for_each_side(lookup.ipv6_, level, visit);
      } else {
        for_each_side(lookup.ipv4_, level, visit);
      }
    }
  }

 private:
  template <typename Keys, typename Visit>
  void for_each_side(const Keys& keys, const FlowLookup::Asked& asked, Visit& visit) const {
    for_each_rule(keys, asked.key, [&](const TargetRule& rule) { visit(rule, Direction::kFromTarget, asked.level); });
    for_each_rule(keys, asked.key + size_t{1},
                  [&](const TargetRule& rule) { visit(rule, Direction::kToTarget, asked.level); });
  }

  template <typename Keys, typename Visit>
  void for_each_rule(const Keys& keys, size_t at, Visit visit) const {
    base_->for_each(keys.keys[at], keys.found[at], [&](uint32_t rule) {
      if (!is_removed(rule)) visit(base_->rules[rule]);
    });
    added_.for_each(keys.keys[at], FlowSet<Ipv4Key>::kNone, [&](uint32_t rule) { visit(added_.rules[rule]); });
  }

  [[nodiscard]] bool is_removed(uint32_t rule) const {
    return rule / 64 < removed_.size() && (removed_[rule / 64] >> rule % 64 & 1) != 0;
  }

  const std::shared_ptr<const FlowRules> base_;
  const std::vector<uint64_t> removed_;
  const FlowRules added_;  // walked
  const bool empty_;
};

}  // namespace lictor
