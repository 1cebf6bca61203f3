// What RTP payload types mean by a session description. Pure function, any thread, no allocation.
#pragma once

#include "dataplane/packet/payload_types.h"
#include "dataplane/session/sip/sdp.h"

namespace lictor::sip {

// Adds those of all streams of RTP that are not refused: of a type that the "m=" line lists or an "a=rtpmap:" line
// names, what that line calls it; else what RFC 3551 section 6 has it mean, where only 13 of audio is comfort noise.
// What has a codec there is one, whatever a line calls it: two parties who agree on another name for it hide nothing.
void add_payload_types(const SessionDescription& description, PayloadTypes& types) noexcept;

}  // namespace lictor::sip
