// Whether targets take the same packets, as far as their selectors say. Pure functions, any thread.
#pragma once

#include <optional>
#include <vector>

#include "control/registry/selector.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Its targets. Nothing of a pattern: it names nobody by itself.
std::vector<Selector> selectors_of(const v1::Warrant& warrant);

// Of an address or a flow.
std::optional<v1::FlowKey> flow_in(const Selector& selector);

// Whose an address is, is not known here: an address and a name are never the same.
bool takes_any(const Selector& selector, const std::vector<Selector>& others);

}  // namespace lictor::control
