#include "control/registry/target_overlap.h"

#include <algorithm>

#include "control/registry/flow_selector.h"
#include "control/registry/name_selector.h"

namespace lictor::control {
namespace {

bool take_the_same(const Selector& one, const Selector& other) {
  const std::optional<v1::FlowKey> flow = flow_in(one);
  const std::optional<v1::FlowKey> other_flow = flow_in(other);
  if (flow && other_flow) return overlap(*flow, *other_flow);
  const auto* const name = std::get_if<v1::TapTarget>(&one);
  const auto* const other_name = std::get_if<v1::TapTarget>(&other);
  if (name != nullptr && other_name != nullptr) return covers(*name, *other_name) || covers(*other_name, *name);
  return !flow && !other_flow && format_selector(one) == format_selector(other);
}

}  // namespace

std::vector<Selector> selectors_of(const v1::Warrant& warrant) {
  std::vector<Selector> selectors;
  for (const v1::TargetSpec& target : warrant.targets()) {
    Result<Selector> selector = parse_selector(target.selector());
    if (selector.ok() && !std::holds_alternative<v1::Pattern>(*selector)) selectors.push_back(*std::move(selector));
  }
  return selectors;
}

std::optional<v1::FlowKey> flow_in(const Selector& selector) {
  if (const auto* prefix = std::get_if<v1::AddressPrefix>(&selector)) return flow_of(*prefix);
  if (const auto* flow = std::get_if<v1::FlowKey>(&selector)) return *flow;
  return std::nullopt;
}

bool takes_any(const Selector& selector, const std::vector<Selector>& others) {
  return std::ranges::any_of(others, [&](const Selector& other) { return take_the_same(selector, other); });
}

}  // namespace lictor::control
