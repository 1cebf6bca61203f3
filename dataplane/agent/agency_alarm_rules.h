// A mediation's word on how its agency is told of losses, outages and backlogs. Pure function; any thread.
#pragma once

#include "dataplane/agent/directive.h"
#include "lictor/v1/types.pb.h"

namespace lictor {

// InvalidArgument names the field.
Status read_agency_alarms(const v1::AgencyAlarmProfile& from, MediationDirective& mediation);

}  // namespace lictor
