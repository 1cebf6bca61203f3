// The latest legal time that a host's clock can be trusted to have reached, though it is set back: from the highest
// reading on it goes on with the monotonic clock. Slewing moves both clocks alike; what moves them apart is a step. A
// step forward is believed: it ends windows early, never late. One thread each.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/base/clock.h"

namespace lictor {

class LatestTime {
 public:
  // The latest legal time, of two readings: the legal clock's first. Who is interrupted between them makes this nothing
  // but a little late.
  LegalTime at(LegalTime legal, SocketTime socket) {
    offset_ns_ = std::max(offset_ns_, legal.unix_ns - socket.ns);
    return {std::max(legal.unix_ns, socket.ns + offset_ns_)};
  }

 private:
  int64_t offset_ns_ = INT64_MIN;  // legal less monotonic time, the highest
};

}  // namespace lictor
