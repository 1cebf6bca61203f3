// Says where a warrant's targets count nowhere, as far as is known: a scope may name what has not attached yet, so it
// is no error. Pure; under the administration's mutex.
#pragma once

#include <string>
#include <vector>

#include "control/fleet/book.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Adds a warning, with the field's path, for each target whose scope names a dataplane, a tap group or a port that no
// network element that ever attached has, or that it has not all together.
void warn_of_scopes(const v1::Warrant& warrant, const std::map<std::string, NetworkElement>& elements,
                    std::vector<std::string>& warnings);

}  // namespace lictor::control
