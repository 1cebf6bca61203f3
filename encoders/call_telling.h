// What a record about a call says: the message that tells it, between whom that was sent, and what the agency was told
// of this CIN before. Made by a task's runner, read by its encoder, on one encoder lcore; owns its octets, because a
// record may have to wait for room.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/base/match_record.h"
#include "dataplane/packet/ip_prefix.h"

namespace lictor {

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
  kNotFollowed,    // there was no room to follow it any longer
};

struct CallTelling {
  CallStep step = CallStep::kReport;
  bool begun = false;  // the agency knows that a communication of this CIN has begun
  bool ended = false;  // it knows that it has ended
  CallEndReason reason = CallEndReason::kNone;
  Direction direction = Direction::kIndeterminate;  // of the message
  IpPrefix source;                                  // addresses, whole; without a message those of the last one
  IpPrefix destination;
  std::vector<uint8_t> message;  // SIP, from its start line to the end of its body; empty: no message tells it
  // The IP packet that `message` is all the payload of; empty where there is none: it came in pieces, or in a stream.
  std::vector<uint8_t> packet;
};

}  // namespace lictor
