// The seam to what understands a protocol: messages in, session events out. Each belongs to one session lcore, and so
// does the book that it keeps its sessions in.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/signal_record.h"
#include "dataplane/session/session_event.h"

namespace lictor {

// How far behind the packets' clock a source's time stamps are: by it is known what is late, also behind a restart.
struct SourceClock {
  uint16_t source_set = 0;
  uint64_t source = 0;  // the tracker's own hash of it
  int64_t behind_s = 0;
};

class Tracker {
 public:
  virtual ~Tracker() = default;

  // One message, hostile as all that comes from a wire. Nothing is allocated, and no message costs more than a bound.
  virtual void on_message(const SignalRecord& record, SessionSink& sink) noexcept = 0;
  // Every few milliseconds, by the packets' clock, which may step back: requests that nobody answered, and the like.
  // Sessions' own deadlines are the book's.
  virtual void on_tick(PacketTime now, SessionSink& sink) noexcept = 0;

  // --- for snapshots: session lcore; main thread, while none runs ---
  // Sources with clocks of their own have numbers below it.
  [[nodiscard]] virtual uint32_t clocks_end() const noexcept { return 0; }
  // Nothing: none of this number, or it has said no time.
  [[nodiscard]] virtual std::optional<SourceClock> clock(uint32_t /*number*/) const noexcept { return std::nullopt; }
  virtual void restore_clock(const SourceClock& /*clock*/) noexcept {}
};

}  // namespace lictor
