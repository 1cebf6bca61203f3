// Target selectors as people write them (TargetSpec in types.proto says what each kind means), to what the dataplanes
// are told. Pure functions, any thread. Strict; InvalidArgument says what is wrong, without the value.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "control/registry/address.h"
#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

constexpr size_t kSelectorBytesMax = 560;  // a pattern in hexadecimal, with its options
constexpr size_t kPatternBytesMax = 256;

// An address, a flow, or a pattern that narrows the others.
using Selector = std::variant<v1::AddressPrefix, v1::FlowKey, v1::Pattern>;

// "ipv4:192.0.2.7", "ipv6:2001:db8::/64", "flow:…", "pattern:…".
Result<Selector> parse_selector(std::string_view text);

// Whether the text is meant as a pattern: it names nobody by itself.
bool is_pattern(std::string_view selector);

// Whether the text is meant as one that counts in a part of the network: what is behind its "@" is a scope then.
bool may_have_scope(std::string_view selector);

// One spelling for each target: what parse_selector takes for the same.
std::string format_selector(const Selector& selector);

}  // namespace lictor::control
