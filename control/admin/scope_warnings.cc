#include "control/admin/scope_warnings.h"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::control {
namespace {

bool is_wanted(const std::string& wanted, const std::string& name) { return wanted.empty() || wanted == name; }

bool has_port(const StoredNetworkElement& element, const v1::Scope& scope) {
  return std::ranges::any_of(element.ports(), [&](const v1::PortInfo& port) {
    return is_wanted(scope.tap_group(), port.tap_group()) && is_wanted(scope.port(), port.name());
  });
}

}  // namespace

void warn_of_scopes(const v1::Warrant& warrant, const std::map<std::string, NetworkElement>& elements,
                    std::vector<std::string>& warnings) {
  for (int i = 0; i < warrant.targets_size(); ++i) {
    const v1::Scope& scope = warrant.targets(i).scope();
    if (scope.network_element_id().empty() && scope.tap_group().empty() && scope.port().empty()) continue;
    bool named = false;
    bool found = false;
    for (const auto& [id, element] : elements) {
      if (!is_wanted(scope.network_element_id(), id)) continue;
      named = true;
      found = found || has_port(element.stored, scope);
    }
    if (found) continue;
    warnings.push_back(fmt::format("warrant.targets[{}].scope: no {} is known: the target counts nowhere yet", i,
                                   named ? "such port or tap group" : "such dataplane"));
  }
}

}  // namespace lictor::control
