// Addresses and prefixes as people write them, and whom they can name. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"
#include "lictor/v1/types.pb.h"

namespace lictor::control {

enum class AddressFamily { kIpv4, kIpv6 };

// Strict: dotted quads without leading zeros, no IPv4-mapped IPv6, no zone, a decimal length, host bits zero.
// InvalidArgument says what is wrong, without the value.
Result<v1::AddressPrefix> parse_prefix(std::string_view text, AddressFamily family);
// Of whichever family the text is: "192.0.2.0/24", "2001:db8::1".
Result<v1::AddressPrefix> parse_prefix(std::string_view text);

// One spelling for each prefix; a full length is left away.
std::string format_prefix(const v1::AddressPrefix& prefix);

// Decimal digits without sign or leading zero, up to `max`; else nothing.
std::optional<uint32_t> parse_number(std::string_view digits, uint32_t max);

enum class AddressKind {
  kPublic,     // routed, or reserved for documentation (such addresses occur nowhere twice)
  kNonPublic,  // private, shared, loopback, link-local: exists in many networks at once, so it says whom only with a
               // scope
  kNobody,     // unspecified, multicast, broadcast, reserved: never one person's
};

// kNobody where any address of the prefix is nobody's, else kNonPublic where any is non-public.
AddressKind kind_of(const v1::AddressPrefix& prefix);

bool is_ipv4(const v1::AddressPrefix& prefix);

// Whether every address of `inner` is in `outer`.
bool contains(const v1::AddressPrefix& outer, const v1::AddressPrefix& inner);
// Whether they have an address in common.
bool overlap(const v1::AddressPrefix& a, const v1::AddressPrefix& b);

}  // namespace lictor::control
