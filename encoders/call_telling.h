// What a record about a call says: the message that tells it, between whom that was sent, and what the agency was told
// of this CIN before. Made by a task's runner, read by its encoder, on one encoder lcore; owns its octets, because a
// record may have to wait for room.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/packet/call_words.h"

namespace lictor {

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
