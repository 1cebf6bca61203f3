// Patterns as people write them: "text:TEXT", "hex:0d0a", "regex:EXPRESSION"; behind the kind the options nocase and
// flow, joined by commas. What follows the colon is the value, to the end. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

// InvalidArgument says what is wrong, without the value. Whether an expression can be compiled, the dataplane says.
Result<v1::Pattern> parse_pattern(std::string_view text);

// One spelling for each pattern: a literal is text where it can be.
std::string format_pattern(const v1::Pattern& pattern);

}  // namespace lictor::control
