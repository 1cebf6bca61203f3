#include "dataplane/packet/ip_prefix.h"

#include <algorithm>

namespace lictor {
namespace {

bool has_host_bits(Bytes octets, uint32_t bits) {
  for (size_t i = 0; i < octets.size(); ++i) {
    const uint32_t network_bits = bits > i * 8 ? std::min(bits - static_cast<uint32_t>(i) * 8, 8U) : 0;
    if ((octets[i] & (0xffU >> network_bits)) != 0) return true;
  }
  return false;
}

}  // namespace

Result<IpPrefix> IpPrefix::make(Bytes octets, uint32_t bits) {
  if (octets.size() != 4 && octets.size() != 16) return absl::InvalidArgumentError("address: must be 4 or 16 octets");
  if (bits > octets.size() * 8) return absl::InvalidArgumentError("prefix_length: longer than the address");
  if (has_host_bits(octets, bits)) return absl::InvalidArgumentError("address: bits behind the prefix are set");
  IpPrefix prefix{.ipv6 = octets.size() == 16, .bits = static_cast<uint8_t>(bits)};
  std::ranges::copy(octets, prefix.octets.begin());
  return prefix;
}

}  // namespace lictor
