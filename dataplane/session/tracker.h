// The seam to what understands a protocol: messages in, session events out. Each belongs to one session lcore, and so
// does the book that it keeps its sessions in.
#pragma once

#include "dataplane/base/signal_record.h"
#include "dataplane/session/session_event.h"

namespace lictor {

class Tracker {
 public:
  virtual ~Tracker() = default;

  // One message, hostile as all that comes from a wire. Nothing is allocated, and no message costs more than a bound.
  virtual void on_message(const SignalRecord& record, SessionSink& sink) noexcept = 0;
  // Every few milliseconds, by the packets' clock, which may step back: requests that nobody answered, and the like.
  // Sessions' own deadlines are the book's.
  virtual void on_tick(PacketTime now, SessionSink& sink) noexcept = 0;
};

}  // namespace lictor
