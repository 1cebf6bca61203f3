// The part of a mediation's profile that says which form time stamps have. Pure; any thread.
#pragma once

#include "dataplane/base/result.h"
#include "encoders/etsi/task_parameters.h"
#include "lictor/v1/types.pb.h"

namespace lictor {

// InvalidArgument where the form is not known, where one that is not generalized is to be local, where an offset is out
// of its bounds, and where this host has no such zone.
Status read_timestamps(const v1::DeliveryProfile& profile, EtsiTaskParameters& parameters);

}  // namespace lictor
