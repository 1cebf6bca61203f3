// A moment as people and agencies read it, RFC 3339 in UTC: "2027-01-15T08:00:00Z". Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/clock.h"

namespace lictor {

enum class TimeDigits : uint8_t { kSeconds = 0, kMilliseconds = 3, kNanoseconds = 9 };

// What is smaller than the last digit is cut off, towards the past.
std::string utc_text(int64_t unix_ns, TimeDigits digits);

inline std::string utc_text(LegalTime time) { return utc_text(time.unix_ns, TimeDigits::kSeconds); }

}  // namespace lictor
