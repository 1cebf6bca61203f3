#include "dataplane/agent/clock_watch.h"

#include <fmt/format.h>
#include <sys/timex.h>

#include <cstdlib>
#include <utility>

#include "dataplane/base/utc_text.h"

namespace lictor {

ClockReading read_clock_state() {
  ClockReading reading;
  // Two clocks cannot be read at once. Whoever is put to sleep between the two has seen no step.
  int64_t narrowest = INT64_MAX;
  for (int tried = 0; tried < 8 && narrowest > 100'000; ++tried) {
    const int64_t before = socket_now().ns;
    const LegalTime legal = legal_now();
    const int64_t took = socket_now().ns - before;
    if (took >= narrowest) continue;
    narrowest = took;
    reading.legal = legal;
    reading.socket = {before + took / 2};
  }
  timex kernel{};
  const int state = adjtimex(&kernel);
  reading.is_known = state >= 0;
  reading.is_synchronised = state >= 0 && state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
  reading.error_us = kernel.maxerror;
  return reading;
}

std::optional<ClockWatch::Told> ClockWatch::look(const ClockReading& now) {
  note_step(now);
  before_ = now;
  const std::string why = doubt(now);
  if (why.empty()) {
    bad_.reset();
    if (!good_) good_ = now;
  } else {
    good_.reset();
    if (!bad_) bad_ = now;
  }
  if (step_untold_ && now.socket.ns - step_told_.ns >= kTellEveryNs) return tell_step(now);
  return why.empty() ? tell_trust(now) : tell_doubt(now, why);
}

// Slewing and frequency corrections move both clocks alike: whatever else moves one of them is a step, also in parts.
void ClockWatch::note_step(const ClockReading& now) {
  const int64_t offset = now.legal.unix_ns - now.socket.ns;
  const int64_t step = before_ ? offset - offset_ns_ : 0;
  if (before_ && std::abs(step) <= plan_.step_ns_max) return;
  offset_ns_ = offset;
  if (!before_) return;
  ++steps_;
  if (!std::exchange(step_untold_, true)) stepped_ = before_->legal;
  step_ns_ += step;
  good_.reset();  // begins anew
}

std::string ClockWatch::doubt(const ClockReading& now) const {
  if (!now.is_known) return "the system does not say whether its clock is synchronised";
  if (!now.is_synchronised) return "the system's clock is not synchronised";
  if (now.error_us > plan_.error_us_max)
    return fmt::format("the system's clock may be wrong by {} ms", now.error_us / 1000);
  return {};
}

std::optional<ClockWatch::Told> ClockWatch::tell_step(const ClockReading& now) {
  step_told_ = now.socket;
  step_untold_ = false;
  if (!std::exchange(stands_, true)) since_ = stepped_;
  const double seconds = static_cast<double>(std::exchange(step_ns_, 0)) / kNanosecondsPerSecond;
  return Told{.trusted = false,
              .text = fmt::format("time is not to be trusted: the system's clock was set by {:+.3f} s when it showed "
                                  "{}; now it shows {}",
                                  seconds, utc_text(stepped_), utc_text(now.legal))};
}

std::optional<ClockWatch::Told> ClockWatch::tell_doubt(const ClockReading& now, const std::string& why) {
  if (stands_ || now.socket.ns - bad_->socket.ns < plan_.settle_ns) return std::nullopt;
  stands_ = true;
  since_ = bad_->legal;
  return Told{.trusted = false, .text = fmt::format("time is not to be trusted since {}: {}", utc_text(since_), why)};
}

std::optional<ClockWatch::Told> ClockWatch::tell_trust(const ClockReading& now) {
  if (!stands_ || step_untold_ || now.socket.ns - good_->socket.ns < plan_.settle_ns) return std::nullopt;
  stands_ = false;
  return Told{.trusted = true,
              .text = fmt::format("time is to be trusted again: it was not between {} and {}", utc_text(since_),
                                  utc_text(good_->legal))};
}

}  // namespace lictor
