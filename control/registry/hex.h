// Octets as hexadecimal digits. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lictor::control {

// An even number of digits, in either case; else nothing.
std::optional<std::string> octets_of_hex(std::string_view digits);

// Lower-case.
std::string hex_of(std::string_view octets);

}  // namespace lictor::control
