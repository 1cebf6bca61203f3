// The rules for targets and exclusions, a function for each part of one. Pure functions.
#include "control/registry/target_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "control/registry/flow_selector.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"

namespace lictor::control {
namespace {

constexpr uint32_t kIpv6SubscriberLength = 64;

// Whether the prefix names somebody whom policy allows to name.
bool check_prefix(const v1::AddressPrefix& prefix, const v1::Scope& scope, const Policy& policy,
                  const std::string& field, Violations& violations) {
  const uint32_t widest = is_ipv4(prefix) ? policy.prefix_ipv4_min : policy.prefix_ipv6_min;
  if (prefix.prefix_length() < widest) {
    violations.add(field, fmt::format("wider than policy allows (/{})", widest));
    return false;
  }
  switch (kind_of(prefix)) {
    case AddressKind::kPublic:
      return true;
    case AddressKind::kNobody:
      // In the lab a capture says which addresses there are, not a registry.
      return violations.expect(policy.lab, field,
                               "unspecified, multicast, broadcast and reserved addresses name nobody");
    case AddressKind::kNonPublic:
      break;
  }
  return violations.expect(policy.lab || !is_any(scope), field,
                           "a non-public address needs a scope: it exists in many networks");
}

// Whether it names one person: behind a shared address that takes ports of the target's side.
bool check_shared(const v1::FlowKey& flow, const Policy& policy, const std::string& field, Violations& violations) {
  const bool shared = std::any_of(policy.shared.begin(), policy.shared.end(),
                                  [&](const v1::AddressPrefix& one) { return overlap(one, flow.target()); });
  return violations.expect(!shared || flow.has_target_ports(), field,
                           "policy lists it as shared by many: name a flow with ports of the target's side");
}

// Targets that were accepted so far, to find repetitions and overlaps. Scopes are compared by their text, and selectors
// too: each has one spelling.
class SeenTargets {
 public:
  // False: it was there before.
  bool add(const v1::TargetSpec& target) {
    return selectors_.insert(format_scope(target.scope()) + "@" + target.selector()).second;
  }

  // Whether one that was noted before it in the same scope can take the same packets.
  bool note(const v1::FlowKey& flow, const v1::Scope& scope) {
    std::vector<v1::FlowKey>& seen = by_scope_[format_scope(scope)];
    const bool overlaps =
        std::any_of(seen.begin(), seen.end(), [&](const v1::FlowKey& other) { return overlap(other, flow); });
    seen.push_back(flow);
    return overlaps;
  }

 private:
  std::map<std::string, std::vector<v1::FlowKey>> by_scope_;
  std::set<std::string> selectors_;
};

struct TargetCheck {
  const Policy& policy;
  SeenTargets seen;
  Violations& violations;
  std::vector<std::string>& warnings;
};

void check_flow(const v1::FlowKey& flow, const v1::Scope& scope, const std::string& field, TargetCheck& check) {
  if (!check_prefix(flow.target(), scope, check.policy, field, check.violations)) return;
  if (!check_shared(flow, check.policy, field, check.violations)) return;
  if (check.seen.note(flow, scope))
    check.warnings.push_back(field + ": overlaps another target; packets of both are delivered once");
  if (!is_ipv4(flow.target()) && flow.target().prefix_length() > kIpv6SubscriberLength)
    check.warnings.push_back(field +
                             ": narrower than /64: privacy addresses (RFC 8981) of the same subscriber are missed");
}

void check_target(v1::TargetSpec& target, const std::string& path, TargetCheck& check) {
  check_scope(target.scope(), path + ".scope", check.violations);
  const std::string field = path + ".selector";
  const Result<Selector> selector = parse_selector(target.selector());
  if (!selector.ok()) return check.violations.add(field, std::string(selector.status().message()));
  target.set_selector(format_selector(*selector));
  if (!check.violations.expect(check.seen.add(target), field, "the same target is there twice")) return;
  if (const auto* prefix = std::get_if<v1::AddressPrefix>(&*selector))
    return check_flow(flow_of(*prefix), target.scope(), field, check);
  if (const auto* flow = std::get_if<v1::FlowKey>(&*selector)) return check_flow(*flow, target.scope(), field, check);
  check.violations.expect(is_any(target.scope()), path + ".scope",
                          "a pattern has none: it narrows the other targets, wherever they count");
}

}  // namespace

void check_targets(v1::Warrant& warrant, const Policy& policy, Violations& violations,
                   std::vector<std::string>& warnings) {
  if (!violations.expect(warrant.targets_size() >= 1, "warrant.targets", "missing")) return;
  const auto patterns = std::count_if(warrant.targets().begin(), warrant.targets().end(),
                                      [](const v1::TargetSpec& target) { return is_pattern(target.selector()); });
  const auto others = warrant.targets_size() - patterns;
  if (!violations.expect(others <= kTargetsPerWarrantMax, "warrant.targets",
                         fmt::format("at most {} addresses and flows", kTargetsPerWarrantMax)) ||
      !violations.expect(patterns <= kPatternsPerWarrantMax, "warrant.targets",
                         fmt::format("at most {} patterns", kPatternsPerWarrantMax)))
    return;
  violations.expect(others > 0, "warrant.targets", "a pattern only narrows other targets, and there is none");
  TargetCheck check{.policy = policy, .seen = {}, .violations = violations, .warnings = warnings};
  for (int i = 0; i < warrant.targets_size(); ++i)
    check_target(*warrant.mutable_targets(i), fmt::format("warrant.targets[{}]", i), check);
}

void check_exclusions(v1::Warrant& warrant, Violations& violations, std::vector<std::string>& warnings) {
  if (!violations.expect(warrant.exclusions_size() <= kExclusionsPerWarrantMax, "warrant.exclusions",
                         fmt::format("at most {}", kExclusionsPerWarrantMax)))
    return;
  std::vector<v1::AddressPrefix> exclusions;
  std::set<std::string> seen;
  for (int i = 0; i < warrant.exclusions_size(); ++i) {
    const std::string field = fmt::format("warrant.exclusions[{}]", i);
    const Result<v1::AddressPrefix> prefix = parse_prefix(warrant.exclusions(i));
    if (!prefix.ok()) {
      violations.add(field, std::string(prefix.status().message()));
      continue;
    }
    warrant.set_exclusions(i, format_prefix(*prefix));
    violations.expect(prefix->prefix_length() > 0, field, "would exclude everything");
    violations.expect(seen.insert(warrant.exclusions(i)).second, field, "the same prefix is there twice");
    exclusions.push_back(*prefix);
  }
  for (int i = 0; i < warrant.targets_size(); ++i) {
    const Result<Selector> selector = parse_selector(warrant.targets(i).selector());
    const auto* flow = selector.ok() ? std::get_if<v1::FlowKey>(&*selector) : nullptr;
    if (flow == nullptr || !flow->has_remote()) continue;
    if (std::any_of(exclusions.begin(), exclusions.end(),
                    [&](const v1::AddressPrefix& one) { return contains(one, flow->remote()); }))
      warnings.push_back(
          fmt::format("warrant.targets[{}].selector: nothing of it is copied: its other side is excluded", i));
  }
}

}  // namespace lictor::control
