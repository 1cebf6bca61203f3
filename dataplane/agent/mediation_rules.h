// What a mediation may say: its fields held against their bounds, its defaults filled in. Pure, any thread.
#pragma once

#include "dataplane/agent/directive.h"

namespace lictor {

namespace v1 {
class Mediation;
}  // namespace v1

// InvalidArgument names the field.
Result<MediationDirective> read_mediation(const v1::Mediation& message);

}  // namespace lictor
