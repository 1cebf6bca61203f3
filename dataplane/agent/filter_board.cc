#include "dataplane/agent/filter_board.h"

#include <fmt/format.h>

namespace lictor {
namespace {

std::vector<Pattern> patterns_of(const TapDirective& tap) {
  std::vector<Pattern> patterns;
  for (const TapPattern& pattern : tap.patterns) {
    patterns.push_back({.kind = pattern.expression ? PatternKind::kExpression : PatternKind::kLiteral,
                        .octets = pattern.octets,
                        .any_case = pattern.any_case,
                        .reach = pattern.flow ? PatternReach::kFlow : PatternReach::kPacket});
  }
  return patterns;
}

}  // namespace

Result<TaskFilter> FilterBoard::make(const TapDirective& tap, const std::optional<TapDirective>& before,
                                     const TaskFilter& filter) {
  TaskFilter made;
  if (!tap.exclusions.empty())
    made.exclusions = std::make_shared<const ExclusionSet>(tap.exclusions, std::span<const TransportEndpoint>());
  if (tap.patterns.empty()) return made;
  if (before && filter.patterns != nullptr && before->patterns == tap.patterns) {
    made.patterns = filter.patterns;
    return made;
  }
  if (compiler_ == nullptr) return absl::UnimplementedError("tap.patterns: this dataplane has no pattern stage");
  Result<std::unique_ptr<const PatternSet>> set = compiler_->compile(patterns_of(tap));
  if (!set.ok()) return Status(set.status().code(), fmt::format("tap.{}", std::string(set.status().message())));
  made.patterns = *std::move(set);
  return made;
}

void FilterBoard::set(TaskSlot slot, const TaskFilter& filter) {
  if (!filter.empty()) {
    by_slot_[slot] = filter;
    changed_ = true;
  } else if (by_slot_.erase(slot) > 0) {
    changed_ = true;
  }
}

void FilterBoard::set_own(std::vector<TransportEndpoint> endpoints) {
  own_ = std::move(endpoints);
  changed_ = true;
}

std::shared_ptr<const TaskFilters> FilterBoard::build() {
  changed_ = false;
  if (by_slot_.empty() && own_.empty()) return nullptr;
  std::vector<TaskFilter> by_slot(by_slot_.empty() ? 0 : index_of(by_slot_.rbegin()->first) + size_t{1});
  for (const auto& [slot, filter] : by_slot_) by_slot[index_of(slot)] = filter;
  return std::make_shared<const TaskFilters>(ExclusionSet({}, own_), std::move(by_slot));
}

}  // namespace lictor
