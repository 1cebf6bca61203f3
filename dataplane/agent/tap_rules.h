// What a tap may say: its fields held against their bounds. Pure, any thread.
#pragma once

#include "dataplane/agent/directive.h"

namespace lictor {

namespace v1 {
class SignedOrder;
class Tap;
}  // namespace v1

// InvalidArgument names the field, and neither a target nor a pattern.
Result<TapDirective> read_tap(const v1::Tap& message);

// Nothing of it is verified.
OrderEvidence read_evidence(const v1::SignedOrder& message);

}  // namespace lictor
