// Target selectors as people write them (TargetSpec in types.proto says what each kind means), to what the dataplanes
// are told. Pure functions, any thread. Strict; InvalidArgument says what is wrong, without the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "control/registry/address.h"
#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

constexpr size_t kSelectorBytesMax = 560;  // a pattern in hexadecimal, with its options
constexpr size_t kPatternBytesMax = 256;

// An address, a flow, a pattern that narrows the others, or who is named by signalling, a MAC address or a line of tags
// (a target without scope).
using Selector = std::variant<v1::AddressPrefix, v1::FlowKey, v1::Pattern, v1::TapTarget>;

// "ipv4:192.0.2.7", "ipv6:2001:db8::/64", "flow:…", "pattern:…", "radius-user:…", "mac:…", "vlan:…" and the like.
Result<Selector> parse_selector(std::string_view text);

// Whether the text is meant as a pattern: it names nobody by itself.
bool is_pattern(std::string_view selector);

// A target as people write it: a selector and, behind an "@", its scope.
struct SplitTarget {
  std::string_view selector;
  std::optional<std::string_view> scope;
};
// A pattern has none. A name may have an "@" itself: only a last one before "any" or before something with a "=" begins
// a scope; a name that ends so is written with its scope, or as octets. In what is no selector an "@" may be anything.
SplitTarget split_target(std::string_view text);

// What a dataplane is told of it, without scope; nothing of a pattern.
std::optional<v1::TapTarget> tap_target_of(const Selector& selector);

// One spelling for each target: what parse_selector takes for the same.
std::string format_selector(const Selector& selector);

}  // namespace lictor::control
