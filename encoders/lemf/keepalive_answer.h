// The answer to a keep-alive (TS 102 232-1 clause 6.3.4): the request's own header, so that the sequence number is the
// same, with keep-aliveResponse as payload. Any thread.
#pragma once

#include <string>

#include "dataplane/base/bytes.h"

namespace lictor::lemf {

// Appends the answer to `out`; false, and nothing appended, where `request` has no header to give back.
bool append_keepalive_answer(Bytes request, std::string& out);

}  // namespace lictor::lemf
