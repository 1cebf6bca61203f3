// Whether a packet that came to an address of a call's media looks like media. What a session description names is
// what its sender likes: a port that other things come to must copy none of them. Any thread; no allocation.
#pragma once

#include <optional>

#include "dataplane/base/bytes.h"
#include "dataplane/packet/session_words.h"
#include "encoders/encoder.h"

namespace lictor {

// What of a packet says whose media it is. SSRCs and payload types are in the clear in SRTP, too (RFC 3711).
struct MediaLook {
  enum class Kind : uint8_t { kOther, kRtp, kRtcp };
  MediaProtocol protocol = MediaProtocol::kRtp;
  Kind kind = Kind::kOther;    // of UDP: kOther is all that is neither, and fragments that do not show it
  uint8_t payload_type = 0;    // of RTP
  uint32_t ssrc = 0;           // of RTP and of RTCP: who sends it
  uint32_t payload_bytes = 0;  // of RTP, behind its header
  uint16_t source_port = 0;    // of RTP and of RTCP
  uint16_t destination_port = 0;
};

// `packet`: from its IP header on, as far as it was captured; `whole_bytes`: all of it. `use`: kRtp, kUdptl or kMsrp,
// as signalling says.
//   UDP    RTP and RTCP (RFC 3550), STUN (RFC 8489) and TURN channels (RFC 8656), DTLS (RFC 6347, 9147), ZRTP
//          (RFC 6189), as RFC 7983 tells them apart; of kUdptl UDPTL as well (T.38, section 9)
//   TCP    of kMsrp everything: a segment shows nothing of the message that it is a part of (RFC 4975); of kRtp, too
//          (RFC 4571)
// A later fragment shows nothing and is media, because its first one was sent to the same address. nullopt: it is none.
[[nodiscard]] std::optional<MediaLook> look_at_media(Bytes packet, size_t whole_bytes,
                                                     SessionAddress::Use use) noexcept;

}  // namespace lictor
