#include "dataplane/packet/ip_prefix.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

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

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  std::array<uint8_t, 16> octets{};
  const bool ipv6 = address.find(':') != std::string::npos;
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, address.c_str(), octets.data()) != 1 ||
      address.find('\0') != std::string::npos)
    return absl::InvalidArgumentError("is no address");
  uint32_t bits = ipv6 ? 128 : 32;
  if (slash != std::string_view::npos) {
    const std::string_view length = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (error != std::errc() || end != length.data() + length.size())
      return absl::InvalidArgumentError("prefix_length: is no number");
  }
  return make(Bytes(octets).first(ipv6 ? 16 : 4), bits);
}

}  // namespace lictor
