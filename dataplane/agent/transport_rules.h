// A mediation's word on the connections to its agency and what its keepalives look like. Pure function; any thread.
#pragma once

#include "dataplane/agent/directive.h"
#include "lictor/v1/types.pb.h"

namespace lictor {

// InvalidArgument names the field.
Status read_transport(const v1::DeliveryProfile& profile, MediationDirective& mediation);

}  // namespace lictor
