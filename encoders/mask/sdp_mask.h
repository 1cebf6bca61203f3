// A session description (RFC 8866) without keys and without what people call a session. For the files of this folder;
// any thread.
#pragma once

#include "encoders/mask/sip_head.h"

namespace lictor::mask {

// Appends the lines of `description` that may stay: not k= (keys), i= (what it is about), a= of keys (RFC 4568, RFC
// 4567, also as a capability, RFC 5939) and of files that are sent (RFC 5547), and no line that is none of SDP's; of s=
// (its name) the letter alone. A bare CR ends a line, too.
void append_masked_sdp(Octets& out, Bytes description);

}  // namespace lictor::mask
