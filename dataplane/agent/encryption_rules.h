// What a mediation says about keys and encrypted payloads. Pure functions over hostile values; any thread.
#pragma once

#include "dataplane/agent/directive.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {

// Moves the keys of spool and payloads into locked memory. None stays behind in the message, also where one is wrong.
Status take_keys(v1::Mediation& message, MediationDirective& mediation);

// Behind take_keys. A warrant's own key is there where the profile wants one, and has the method's length: else the
// mediation is refused, and nothing goes in the clear.
Status read_encryption(const v1::EncryptionProfile& from, MediationDirective& mediation);

}  // namespace lictor
