// What an approver signs: the order that follows from a warrant, as octets. Made the same way whenever it is made of
// the same warrant, so that what is approved can be held against what was shown. Pure function, any thread.
#pragma once

#include <string>

#include "lictor/v1/agency.pb.h"
#include "lictor/v1/directive.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// A serialised lictor.v1.Order of a checked warrant, with its own window: all its targets and patterns in its order,
// and the handover digest of each delivery (handover_digest.h) one behind the other. A tap of it has a part of the
// targets, a mediation one of the deliveries. `version`: of the approval that it is for.
std::string make_order(const v1::Warrant& warrant, const v1::Agency& agency, const std::string& fleet_id,
                       uint64_t version);

}  // namespace lictor::control
