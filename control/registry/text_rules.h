// Which characters and lengths the fields of agencies and warrants may have. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lictor::control {

// The number of characters of UTF-8 text without control characters; nothing where it is anything else.
std::optional<size_t> characters_of(std::string_view text);

// Text for people: `min` to `max` characters, not blank at either end.
bool is_text(std::string_view text, size_t min, size_t max);

// `min` to `max` octets, each printable ASCII (0x20 to 0x7e), not blank at either end.
bool is_printable(std::string_view text, size_t min, size_t max);

// ISO 3166-1 alpha-2 by its shape: two of A-Z.
bool is_country(std::string_view text);

// 1 to 63 of [a-z0-9-].
bool is_agency_id(std::string_view text);

// 1 to `max` of [A-Za-z0-9._:-]: ids of destinations and network elements, names of tap groups and ports.
bool is_name(std::string_view text, size_t max);

// "01234567-89ab-cdef-0123-456789abcdef"
bool is_uuid(std::string_view text);

// An IP address, or a DNS name by its shape (RFC 1123: labels of 1 to 63 of [A-Za-z0-9-], 253 octets in all).
bool is_host(std::string_view text);

}  // namespace lictor::control
