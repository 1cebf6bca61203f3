// An IPv4 or IPv6 prefix: what an address target is. A plain value, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor {

struct IpPrefix {
  bool ipv6 = false;
  uint8_t bits = 0;                  // 0 to 32, or 0 to 128
  std::array<uint8_t, 16> octets{};  // network order; IPv4 takes the first four; host bits are zero

  // From 4 or 16 octets. InvalidArgument where the length does not fit or a host bit is set; names no address.
  static Result<IpPrefix> make(Bytes octets, uint32_t bits);
  // From "192.0.2.0/24", "2001:db8::/32", or an address alone: the host. InvalidArgument as above.
  static Result<IpPrefix> parse(std::string_view text);

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

}  // namespace lictor
