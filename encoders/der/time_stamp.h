// GeneralizedTime as text to a number. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lictor::der {

struct ParsedTime {
  int64_t unix_us;     // rounded down to microseconds
  bool distinguished;  // as DER wants it (X.690 11.7), but for the offset: no fraction that ends in 0
  bool local;          // with an offset, where DER has Z
};

// "YYYYMMDDhhmmss[.f…](Z|±hhmm)"; nothing where it is something else, local time without a zone among it.
std::optional<ParsedTime> parse_generalized_time(std::string_view text);

}  // namespace lictor::der
