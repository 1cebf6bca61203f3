// Why a text is no name of a call's party, in words that say which form is wanted: people paste what a trace shows. The
// value is never repeated. Pure functions, any thread.
#pragma once

#include <string_view>

#include "dataplane/base/identity.h"
#include "dataplane/base/result.h"

namespace lictor::control {

// Of a text of this kind that names somebody else, or everybody, if it is taken: OK, or InvalidArgument. `shown` is
// what was written, without the kind; `form` its normal form.
Status check_meaning(IdentityKind kind, std::string_view shown, std::string_view form);

// Of a text that has no normal form.
Status no_name(IdentityKind kind, std::string_view shown);

}  // namespace lictor::control
