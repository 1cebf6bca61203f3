// What a change of an agency does to those whose records it gets: whether it takes a second person. Pure functions, any
// thread.
#pragma once

#include <string>
#include <vector>

#include "lictor/v1/agency.pb.h"

namespace lictor::control {

// The fields ("destinations", "profile.security") that differ and say who gets records, how a stranger is kept from
// them, how they prove themselves or what they tell. Of the profile everything does that is not known to be a matter of
// form, of speed or of the operator's own alarms: what is new takes a second person until somebody has looked at it.
std::vector<std::string> guarded_changes(const v1::Agency& before, const v1::Agency& after);

}  // namespace lictor::control
