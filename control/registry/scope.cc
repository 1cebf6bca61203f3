// Checks scopes, and reads and writes their text form. Pure functions.
#include "control/registry/scope.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "control/registry/address.h"
#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

constexpr size_t kScopeTextMax = 256;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

constexpr const char* kPartRule = "each part is ne=, group=, port=, vlan=, label= or vni= with a value";

bool parse_vlans(std::string_view text, v1::Scope& scope) {
  for (const std::string_view part : split(text, '.')) {
    const std::optional<uint32_t> vlan = parse_number(part, kVlanIdMax);
    if (!vlan) return false;
    scope.add_vlans(*vlan);
  }
  return true;
}

// One "name=value" whose value is numbers; empty: well done, else what is wrong.
std::string parse_numbers(std::string_view name, std::string_view value, v1::Scope& scope) {
  const bool there = name == "vlan" ? scope.vlans_size() != 0 : name == "label" ? scope.has_label() : scope.has_vni();
  if (there) return fmt::format("{} is there twice", name);
  if (name == "vlan")
    return parse_vlans(value, scope) ? "" : "vlan takes numbers to 4094, outermost first, joined by dots";
  const uint32_t max = name == "label" ? kLabelMax : kVniMax;
  const std::optional<uint32_t> number = parse_number(value, max);
  if (!number) return fmt::format("{} takes a number from 0 to {}", name, max);
  if (name == "label")
    scope.set_label(*number);
  else
    scope.set_vni(*number);
  return "";
}

// One "name=value"; empty: well done, else what is wrong.
std::string parse_part(std::string_view part, v1::Scope& scope) {
  const size_t at = part.find('=');
  const std::string_view name = part.substr(0, at);
  const std::string value(at == std::string_view::npos ? "" : part.substr(at + 1));
  if (value.empty()) return kPartRule;
  if (name == "vlan" || name == "label" || name == "vni") return parse_numbers(name, value, scope);
  std::string* field = name == "ne"      ? scope.mutable_network_element_id()
                       : name == "group" ? scope.mutable_tap_group()
                       : name == "port"  ? scope.mutable_port()
                                         : nullptr;
  if (field == nullptr) return kPartRule;
  if (!field->empty()) return fmt::format("{} is there twice", name);
  *field = value;
  return "";
}

}  // namespace

void check_scope(const v1::Scope& scope, std::string_view field, Violations& violations) {
  const auto name_is_right = [&](const std::string& name, size_t max, const char* member) {
    if (!name.empty() && !is_name(name, max))
      violations.add(fmt::format("{}.{}", field, member), fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : -", max));
  };
  name_is_right(scope.network_element_id(), kNetworkElementIdMax, "network_element_id");
  name_is_right(scope.tap_group(), kScopeNameMax, "tap_group");
  name_is_right(scope.port(), kScopeNameMax, "port");
  if (scope.vlans_size() > kScopeVlansMax)
    violations.add(fmt::format("{}.vlans", field), fmt::format("at most {} tags", kScopeVlansMax));
  for (int i = 0; i < scope.vlans_size() && i < kScopeVlansMax; ++i)
    if (scope.vlans(i) < 1 || scope.vlans(i) > kVlanIdMax)
      violations.add(fmt::format("{}.vlans[{}]", field, i), fmt::format("must be 1 to {}", kVlanIdMax));
  if (scope.label() > kLabelMax) violations.add(fmt::format("{}.label", field), fmt::format("at most {}", kLabelMax));
  if (scope.vni() > kVniMax) violations.add(fmt::format("{}.vni", field), fmt::format("at most {}", kVniMax));
}

bool is_any(const v1::Scope& scope) {
  return scope.network_element_id().empty() && scope.tap_group().empty() && scope.port().empty() &&
         scope.vlans_size() == 0 && !scope.has_label() && !scope.has_vni();
}

Result<v1::Scope> parse_scope(std::string_view text) {
  v1::Scope scope;
  if (text == "any") return scope;
  if (text.size() > kScopeTextMax) return absl::InvalidArgumentError("scope: too long");
  for (const std::string_view part : split(text, ','))
    if (const std::string wrong = parse_part(part, scope); !wrong.empty())
      return absl::InvalidArgumentError("scope: " + wrong);
  Violations violations;
  check_scope(scope, "scope", violations);
  if (Status status = violations.status(); !status.ok()) return status;
  return scope;
}

std::string format_scope(const v1::Scope& scope) {
  std::vector<std::string> parts;
  if (!scope.network_element_id().empty()) parts.push_back("ne=" + scope.network_element_id());
  if (!scope.tap_group().empty()) parts.push_back("group=" + scope.tap_group());
  if (!scope.port().empty()) parts.push_back("port=" + scope.port());
  if (scope.vlans_size() > 0)
    parts.push_back(fmt::format("vlan={}", fmt::join(scope.vlans().begin(), scope.vlans().end(), ".")));
  if (scope.has_label()) parts.push_back(fmt::format("label={}", scope.label()));
  if (scope.has_vni()) parts.push_back(fmt::format("vni={}", scope.vni()));
  return parts.empty() ? "any" : fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace lictor::control
