// What the signalling of a call says of one of its messages, in the words that session lcores and encoders share. Plain
// values; any thread.
#pragma once

#include <cstdint>

#include "dataplane/base/clock.h"
#include "dataplane/base/match_record.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/payload_types.h"

namespace lictor {

// Media that were on their way when a call ended are its own so long behind its end, RTCP's goodbye among them, unless
// another call names their endpoint by then.
constexpr int64_t kMediaGraceNs = kNanosecondsPerSecond;

// What a message is to its communication (TS 102 232-1, IRIType).
enum class CallStep : uint8_t { kBegin, kContinue, kEnd, kReport };

// Why a call ends that no message ends.
enum class CallEndReason : uint8_t {
  kNone,           // the message says it
  kByeUnanswered,  // a BYE, and no answer
  kRefused,        // a refusal that asks for another try, which did not come
  kUnanswered,     // nothing was heard of an INVITE any more
  kSessionTimer,   // RFC 4028: nobody refreshed it
  kSilent,         // neither messages nor media were seen
  kNotFollowed,    // there was no room to follow it any longer, or its interception ended before it
};

// Of a SessionReport with a message of a call, or the end of one that no message ends.
struct CallPart {
  CallStep step = CallStep::kReport;
  CallEndReason reason = CallEndReason::kNone;
  Direction direction = Direction::kIndeterminate;  // of the message
  IpPrefix source;                                  // addresses, whole; without a message those of the last one
  IpPrefix destination;
  // Where in SessionReport::raw the message begins. What is before it are the headers of the packet that it came in,
  // which it is all the payload of; nothing where it came in pieces or in a stream.
  uint32_t message_at = 0;
  uint32_t clock = 0;          // of MediaClocks: where the encoder says when it last took its media; 0: nobody asks
  CallDescriptions described;  // of its media, up to this message
};

}  // namespace lictor
