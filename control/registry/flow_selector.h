// Flows as people write them: "tcp,192.0.2.7:5060-5070,198.51.100.0/24:443", "udp,[2001:db8::/64]:53,any". What is not
// narrowed is left away in the message, and where it stands at an end in the text. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

// InvalidArgument says what is wrong, without the value. A flow that narrows nothing is refused: it is an address.
Result<v1::FlowKey> parse_flow(std::string_view text);

// One spelling for each flow.
std::string format_flow(const v1::FlowKey& flow);

// Everything that an address sends and receives, as a flow that narrows nothing.
v1::FlowKey flow_of(const v1::AddressPrefix& prefix);

// Whether a packet can belong to both, each with its target at the same side.
bool overlap(const v1::FlowKey& a, const v1::FlowKey& b);

}  // namespace lictor::control
