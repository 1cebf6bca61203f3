// The LIID as people write it and as octets. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor::control {

constexpr size_t kLiidOctetsMax = 25;  // TS 102 232-1, LawfulInterceptionIdentifier

// The octets of "0x" and an even number of hexadecimal digits, or of printable ASCII text; 1 to 25 of them.
// InvalidArgument says what is wrong, without the value.
Result<std::string> parse_liid(std::string_view text);

}  // namespace lictor::control
