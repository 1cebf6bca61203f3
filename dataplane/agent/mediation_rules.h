// What a mediation may say: its fields held against their bounds, its defaults filled in. Pure, any thread.
#pragma once

#include "dataplane/agent/directive.h"

namespace lictor {

namespace v1 {
class Mediation;
}  // namespace v1

// InvalidArgument names the field. The message's key is erased: it lives on in locked memory alone.
Result<MediationDirective> read_mediation(v1::Mediation& message);

}  // namespace lictor
