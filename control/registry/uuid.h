// Random identifiers. Any thread.
#pragma once

#include <string>

#include "dataplane/base/ids.h"

namespace lictor::control {

// A version 4 UUID (RFC 4122 section 4.4) from the kernel's random numbers: ids must not be guessable, nor follow one
// another.
Xid make_random_uuid();

// The octets of a UUID in its text form; InvalidArgument where it is none.
Result<Xid> parse_uuid(std::string_view text);

}  // namespace lictor::control
