// Times as people write them, to legal time. Two forms: RFC 3339 with an offset ("2026-11-21T08:00:00+01:00"), and
// local time with a named zone ("2026-11-21T08:00:00 Europe/Vienna"). Pure functions, any thread; zones come from the
// system's tzdata.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"

namespace lictor::control {

// Up to nine decimals of a second; years 2000 to 2199; upper-case T and Z. Refused, because a warrant must not depend
// on a guess: leap seconds, the offset -00:00 ("unknown", RFC 3339 section 4.3), and local times that their zone's
// clocks show twice or never. InvalidArgument says what is wrong.
Result<LegalTime> parse_time(std::string_view text);

// RFC 3339 in UTC, with as many decimals as needed: "2026-11-21T07:00:00Z".
std::string format_time(LegalTime time);

}  // namespace lictor::control
