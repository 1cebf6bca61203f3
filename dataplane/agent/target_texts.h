// How records name the targets of a tap: addresses, and cards and lines as text. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "dataplane/agent/directive.h"

namespace lictor {

// Of flows the target's side; each prefix once.
std::vector<IpPrefix> target_sides(const TapDirective& tap);

// As many of those as HI1's field holds, 256 octets.
std::string target_information(const TapDirective& tap);

// The cards and lines of a tap of frames, as many as targetNetworkID of an L2IRI holds (TS 102 232-4, 128 octets), and
// how many more there are.
std::string network_id(const TapDirective& tap);

}  // namespace lictor
