// Whether the host's clock was set: the legal clock held against the monotonic one, which nobody sets. Not thread-safe.
#pragma once

#include <optional>

#include "dataplane/base/clock.h"

namespace lictor::control {

class ClockWatch {
 public:
  // What disciplining a clock does between two looks stays below it.
  static constexpr int64_t kStepNsMin = kNanosecondsPerSecond / 2;

  // By how much the clock was set since the last look; nothing: it was not.
  std::optional<int64_t> look(LegalTime legal, SocketTime monotonic) {
    const int64_t offset = legal.unix_ns - monotonic.ns;
    const int64_t step = looked_ ? offset - offset_ : 0;
    looked_ = true;
    offset_ = offset;
    if (step > -kStepNsMin && step < kStepNsMin) return std::nullopt;
    return step;
  }

 private:
  bool looked_ = false;
  int64_t offset_ = 0;  // at the last look
};

}  // namespace lictor::control
