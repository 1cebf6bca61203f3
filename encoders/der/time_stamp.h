// GeneralizedTime as text to a number. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lictor::der {

struct ParsedTime {
  int64_t unix_us;     // rounded down to microseconds
  bool distinguished;  // in DER's form (X.690 11.7): seconds, Z, no fraction that ends in 0
};

// "YYYYMMDDhhmmss[.f…](Z|±hhmm)"; nothing where it is something else, local time without a zone among it.
std::optional<ParsedTime> parse_generalized_time(std::string_view text);

}  // namespace lictor::der
