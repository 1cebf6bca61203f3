// Whether what a task brings waits so much, or so long, for a line that it shares with others that it should have a
// spool of its own: then these no longer wait behind it. Control thread.
#pragma once

#include <cstdint>

#include "dataplane/base/clock.h"

namespace lictor {

struct FloodLimits {
  uint64_t octets = 4 << 20;  // that wait; 0: no bound
  uint32_t wait_ms = 2000;    // for which octets wait; 0: no bound

  [[nodiscard]] bool on() const { return octets > 0 || wait_ms > 0; }
};

class FloodWatch {
 public:
  // Fewer are gone in one turn of a connection: a spool of its own would help nobody.
  static constexpr uint64_t kOctetsMin = 256 << 10;

  // `appended` and `gone` octets so far; they only grow. Answers whether a limit is passed.
  bool look(uint64_t appended, uint64_t gone, const FloodLimits& limits, SocketTime now) {
    waits_ = appended > gone ? appended - gone : 0;
    if (waits_ == 0 || gone >= mark_) {
      mark_ = appended;
      marked_ = now;
    }
    if (limits.octets > 0 && waits_ >= limits.octets) return true;
    const int64_t limit_ns = int64_t{limits.wait_ms} * 1'000'000;
    return limit_ns > 0 && waits_ >= kOctetsMin && now.ns - marked_.ns >= limit_ns;
  }
  // Octets, at the last look.
  [[nodiscard]] uint64_t waits() const { return waits_; }

 private:
  uint64_t waits_ = 0;
  uint64_t mark_ = 0;  // what had come at `marked_`: as long as not all of it is gone, some waits since then
  SocketTime marked_;
};

}  // namespace lictor
