// Scopes: where on the network a target counts. The text form is lictorctl's: "any", or a list like
// "ne=NE-1,group=core,port=tap0,vlan=100.200,label=16001,vni=5000". Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "control/registry/violations.h"
#include "lictor/v1/types.pb.h"

namespace lictor::control {

constexpr size_t kNetworkElementIdMax = 16;  // TS 102 232-1, NetworkElementIdentifier
constexpr size_t kScopeNameMax = 32;
constexpr int kScopeVlansMax = 2;
constexpr uint32_t kVlanIdMax = 4094;
constexpr uint32_t kLabelMax = (uint32_t{1} << 20) - 1;  // RFC 3032
constexpr uint32_t kVniMax = (uint32_t{1} << 24) - 1;    // RFC 7348

// Adds a violation for every field that is malformed; `field` is the scope's path.
void check_scope(const v1::Scope& scope, std::string_view field, Violations& violations);

// An entirely empty scope is "any".
bool is_any(const v1::Scope& scope);

// InvalidArgument says which part is wrong. What it answers passes check_scope.
Result<v1::Scope> parse_scope(std::string_view text);
std::string format_scope(const v1::Scope& scope);

}  // namespace lictor::control
