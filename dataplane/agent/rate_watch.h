// Whether what comes for a task is faster than the line to its agency: over whole spans of some seconds, so that a
// burst that the spool evens out is no matter. Control thread.
#pragma once

#include <cstdint>

#include "dataplane/base/clock.h"

namespace lictor {

class RateWatch {
 public:
  enum class Change : uint8_t { kNone, kExceeds, kFits };

  // `octets`: that came since the task began; `line_bps`: 0: no line is known, and nothing exceeds it. Where a span of
  // `seconds` is over, answers whether the judgement is another one now.
  Change look(uint64_t octets, uint64_t line_bps, uint32_t seconds, SocketTime now) {
    if (line_bps == 0) return stop(octets, now);
    const int64_t ns = now.ns - since_.ns;
    if (!began_ || octets < octets_) {  // less than before: another task has its place now
      const Change change = stop(octets, now);
      began_ = true;
      return change;
    }
    if (ns < int64_t{seconds} * kNanosecondsPerSecond) return Change::kNone;
    const double bits = static_cast<double>(octets - octets_) * 8;
    rate_bps_ = static_cast<uint64_t>(bits * static_cast<double>(kNanosecondsPerSecond) / static_cast<double>(ns));
    since_ = now;
    octets_ = octets;
    const bool exceeds = rate_bps_ > line_bps;
    if (exceeds == exceeds_) return Change::kNone;
    exceeds_ = exceeds;
    return exceeds ? Change::kExceeds : Change::kFits;
  }
  // Nothing comes any more, or nobody asks.
  Change stop(uint64_t octets, SocketTime now) {
    began_ = false;
    since_ = now;
    octets_ = octets;
    rate_bps_ = 0;
    if (!exceeds_) return Change::kNone;
    exceeds_ = false;
    return Change::kFits;
  }
  // Of the last whole span.
  [[nodiscard]] uint64_t rate_bps() const { return rate_bps_; }

 private:
  bool began_ = false;
  bool exceeds_ = false;
  SocketTime since_;
  uint64_t octets_ = 0;
  uint64_t rate_bps_ = 0;
};

}  // namespace lictor
