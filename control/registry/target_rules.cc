// The rules for targets and exclusions, a function for each part of one. Pure functions.
#include "control/registry/target_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "control/registry/flow_selector.h"
#include "control/registry/name_selector.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "dataplane/base/number_range.h"

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
  return violations.expect(!is_shared(flow.target(), policy) || flow.has_target_ports(), field,
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
  bool note(const v1::TapTarget& name, const v1::Scope& scope) {
    std::vector<v1::TapTarget>& seen = names_[format_scope(scope)];
    const bool overlaps = std::any_of(seen.begin(), seen.end(), [&](const v1::TapTarget& other) {
      return covers(other, name) || covers(name, other);
    });
    seen.push_back(name);
    return overlaps;
  }

 private:
  std::map<std::string, std::vector<v1::FlowKey>> by_scope_;
  std::map<std::string, std::vector<v1::TapTarget>> names_;
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

// A card's address names one device; what every station hears, or what stands for a router, names nobody.
void check_mac(const std::string& mac, const std::string& field, TargetCheck& check) {
  constexpr uint8_t kGroup = 1;
  constexpr uint8_t kLocal = 2;
  constexpr std::string_view kVirtualRouters("\x00\x00\x5e\x00", 4);  // RFC 9542 section 2.1.1, VRRP among them
  const auto first = static_cast<uint8_t>(mac[0]);
  if (!check.violations.expect(check.policy.lab || (first & kGroup) == 0, field, "a group address names nobody"))
    return;
  if (!check.violations.expect(check.policy.lab || !mac.starts_with(kVirtualRouters), field,
                               "a virtual router's address is used with every subscriber"))
    return;
  if ((first & kLocal) != 0)
    check.warnings.push_back(field +
                             ": is locally administered: devices change such addresses, and others may have it");
}

// Tags are given again on every port of every switch.
void check_line(const v1::TargetSpec& target, const v1::VlanStack& line, const std::string& path, TargetCheck& check) {
  const v1::Scope& scope = target.scope();
  const bool says_where =
      !scope.network_element_id().empty() || !scope.tap_group().empty() || !scope.port().empty() || scope.has_vni();
  check.violations.expect(scope.vlans_size() == 0, path + ".scope.vlans", "the selector says the tags");
  check.violations.expect(check.policy.lab || says_where, path + ".selector",
                          "tags need a scope (ne, group, port or vni): they exist in many networks");
  if (line.ids_size() == 1)
    check.warnings.push_back(path +
                             ".selector: one tag may be many subscribers' network; make sure that it is one line");
}

// Of ranges policy says whether there may be any, and how wide they are.
void check_range(size_t digits, const std::string& field, TargetCheck& check) {
  const uint32_t fewest = check.policy.number_digits_min;
  if (fewest == 0) return check.violations.add(field, "policy allows no ranges of numbers (policy.number_digits_min)");
  check.violations.expect(
      digits >= fewest, field,
      fmt::format("wider than policy allows (policy.number_digits_min: {} digits before the {})", fewest, kRangeMark));
}

void check_identity(const v1::TapTarget& name, const v1::Scope& scope, const std::string& field, TargetCheck& check) {
  const std::string& value = name.identity().value();
  if (name.identity().kind() == v1::IDENTITY_KIND_RADIUS_USER && std::count(value.begin(), value.end(), '@') > 1)
    check.warnings.push_back(field + ": has more than one @; a scope begins with ne=, group= and the like");
  if (const size_t digits = range_digits(name); digits != 0)
    check_range(digits, field, check);
  else if (value.ends_with(kRangeMark))
    check.warnings.push_back(field + ": its * is an octet like others; ranges are of numbers (tel-uri:) alone");
  if (check.seen.note(name, scope))
    check.warnings.push_back(field + ": overlaps another target; what is of both is delivered once");
}

void check_name(const v1::TargetSpec& target, const v1::TapTarget& name, const std::string& path, TargetCheck& check) {
  const std::string field = path + ".selector";
  check.violations.expect(!is_shared(name, check.policy), field,
                          "policy lists it as a name that many share: it names nobody");
  if (name.has_mac()) return check_mac(name.mac(), field, check);
  if (name.has_vlans()) return check_line(target, name.vlans(), path, check);
  check_identity(name, target.scope(), field, check);
}

bool has_frames(const v1::TargetSpec& target) {
  const Result<Selector> selector = parse_selector(target.selector());
  const auto* name = selector.ok() ? std::get_if<v1::TapTarget>(&*selector) : nullptr;
  return name != nullptr && (name->has_mac() || name->has_vlans());
}

// What of a target is said as frames is said for all of them, and nothing looks into frames.
void check_link_layer(const v1::Warrant& warrant, Violations& violations) {
  const char* const field = "warrant.link_layer";
  if (!violations.expect(v1::LinkLayer_IsValid(warrant.link_layer()), field, "unknown value")) return;
  if (warrant.link_layer() != v1::LINK_LAYER_L2CC) return;
  const auto& targets = warrant.targets();
  violations.expect(std::all_of(targets.begin(), targets.end(), has_frames), field,
                    "l2cc is for mac: and vlan: targets alone: whatever else there is needs a warrant of its own");
  violations.expect(
      std::none_of(targets.begin(), targets.end(),
                   [](const v1::TargetSpec& one) { return one.scope().has_label() || one.scope().has_vni(); }),
      field, "l2cc is for frames as they are on the wire: a scope with a label or a vni is inside of one");
  violations.expect(warrant.exclusions().empty(), field,
                    "l2cc copies every frame: exclusions can be kept with ipcc alone");
}

// Why a text is no selector; of a range also what policy wants, so that both are known at once.
std::string why_no_selector(std::string_view text, const Status& status, const Policy& policy) {
  const bool is_range = text.starts_with("tel-uri:") && text.ends_with(kRangeMark);
  if (!is_range) return std::string(status.message());
  const uint32_t fewest = policy.number_digits_min;
  return fmt::format("{} ({})", std::string(status.message()),
                     fewest == 0 ? "policy allows none: policy.number_digits_min"
                                 : fmt::format("policy.number_digits_min: {} at least", fewest));
}

void check_target(v1::TargetSpec& target, const std::string& path, TargetCheck& check) {
  check_scope(target.scope(), path + ".scope", check.violations);
  const std::string field = path + ".selector";
  const Result<Selector> selector = parse_selector(target.selector());
  if (!selector.ok())
    return check.violations.add(field, why_no_selector(target.selector(), selector.status(), check.policy));
  target.set_selector(format_selector(*selector));
  if (!check.violations.expect(check.seen.add(target), field, "the same target is there twice")) return;
  if (const auto* prefix = std::get_if<v1::AddressPrefix>(&*selector))
    return check_flow(flow_of(*prefix), target.scope(), field, check);
  if (const auto* flow = std::get_if<v1::FlowKey>(&*selector)) return check_flow(*flow, target.scope(), field, check);
  if (const auto* name = std::get_if<v1::TapTarget>(&*selector)) return check_name(target, *name, path, check);
  check.violations.expect(is_any(target.scope()), path + ".scope",
                          "a pattern has none: it narrows the other targets, wherever they count");
}

}  // namespace

bool is_shared(const v1::AddressPrefix& prefix, const Policy& policy) {
  return std::any_of(policy.shared.begin(), policy.shared.end(),
                     [&](const v1::AddressPrefix& one) { return overlap(one, prefix); });
}

bool is_shared(const v1::TapTarget& name, const Policy& policy) {
  return std::any_of(policy.shared_names.begin(), policy.shared_names.end(),
                     [&](const v1::TapTarget& one) { return is_listed_as(one, name); });
}

void check_targets(v1::Warrant& warrant, const Policy& policy, Violations& violations,
                   std::vector<std::string>& warnings) {
  if (!violations.expect(warrant.targets_size() >= 1, "warrant.targets", "missing")) return;
  const auto patterns = std::count_if(warrant.targets().begin(), warrant.targets().end(),
                                      [](const v1::TargetSpec& target) { return is_pattern(target.selector()); });
  const auto others = warrant.targets_size() - patterns;
  if (!violations.expect(others <= kTargetsPerWarrantMax, "warrant.targets",
                         fmt::format("at most {} addresses, flows and names", kTargetsPerWarrantMax)) ||
      !violations.expect(patterns <= kPatternsPerWarrantMax, "warrant.targets",
                         fmt::format("at most {} patterns", kPatternsPerWarrantMax)))
    return;
  violations.expect(others > 0, "warrant.targets", "a pattern only narrows other targets, and there is none");
  TargetCheck check{.policy = policy, .seen = {}, .violations = violations, .warnings = warnings};
  for (int i = 0; i < warrant.targets_size(); ++i)
    check_target(*warrant.mutable_targets(i), fmt::format("warrant.targets[{}]", i), check);
  check_link_layer(warrant, violations);
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
