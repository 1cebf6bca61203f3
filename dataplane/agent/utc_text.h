// A moment as operators and agencies read it: "2027-01-15T08:00:00Z".
#pragma once

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <string>

#include "dataplane/base/clock.h"

namespace lictor {

inline std::string utc_text(LegalTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(time.unix_ns / kNanosecondsPerSecond)));
}

}  // namespace lictor
