// A name as DHCP has it, DNS labels (RFC 1035 section 3.1) or plain octets, as printable text for an IRI. Pure, any
// thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor {

constexpr size_t kDomainTextBytesMax = 255;

// Writes the labels of `wire` with dots between them into `room`. What is not a letter, digit, hyphen or underscore
// becomes '?'. A name that is cut, by its sender or by `room`, gives the whole labels before. A pointer is no label
// here and ends the name. The last label may lack its terminator: DHCP allows partial names.
std::string_view write_domain(Bytes wire, std::span<char> room) noexcept;

// Writes `text` likewise, up to the first zero octet; dots stay.
std::string_view write_host(Bytes text, std::span<char> room) noexcept;

}  // namespace lictor
