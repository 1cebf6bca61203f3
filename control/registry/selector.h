// Target selectors: "ipv4:192.0.2.7", "ipv4:192.0.2.0/24", "ipv6:2001:db8::/64". Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"
#include "lictor/v1/types.pb.h"

namespace lictor::control {

constexpr size_t kSelectorBytesMax = 128;

// Strict: dotted quads without leading zeros, no IPv4-mapped IPv6, no zone, a decimal length, host bits zero.
// InvalidArgument says what is wrong, without the value.
Result<v1::AddressPrefix> parse_selector(std::string_view text);

// One spelling for each prefix; a full length is left away.
std::string format_selector(const v1::AddressPrefix& prefix);

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

}  // namespace lictor::control
