// Prefixes as text, strictly, and what kind of addresses they hold. Pure functions.
#include "control/registry/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

namespace lictor::control {
namespace {

constexpr size_t kIpv4Octets = 4;
constexpr size_t kIpv6Octets = 16;

struct Range {
  const char* address;
  uint32_t prefix_length;
  AddressKind kind;
};

// IANA's special-purpose registries (RFC 6890) as far as they matter for whom an address names.
constexpr Range kIpv4Ranges[] = {
    {"0.0.0.0", 8, AddressKind::kNobody},         {"224.0.0.0", 4, AddressKind::kNobody},
    {"240.0.0.0", 4, AddressKind::kNobody},       {"10.0.0.0", 8, AddressKind::kNonPublic},
    {"100.64.0.0", 10, AddressKind::kNonPublic},  {"127.0.0.0", 8, AddressKind::kNonPublic},
    {"169.254.0.0", 16, AddressKind::kNonPublic}, {"172.16.0.0", 12, AddressKind::kNonPublic},
    {"192.0.0.0", 24, AddressKind::kNonPublic},   {"192.168.0.0", 16, AddressKind::kNonPublic},
    {"198.18.0.0", 15, AddressKind::kNonPublic},
};
constexpr Range kIpv6Ranges[] = {
    {"::", 128, AddressKind::kNobody},
    {"ff00::", 8, AddressKind::kNobody},
    {"::1", 128, AddressKind::kNonPublic},
    {"fc00::", 7, AddressKind::kNonPublic},
    {"fe80::", 10, AddressKind::kNonPublic},
    {"fec0::", 10, AddressKind::kNonPublic},
    {"64:ff9b:1::", 48, AddressKind::kNonPublic},
};

// Parsed once: every target is held against them.
struct KnownRange {
  v1::AddressPrefix prefix;
  AddressKind kind;
};

std::vector<KnownRange> known(std::span<const Range> ranges, AddressFamily family) {
  std::vector<KnownRange> parsed;
  for (const Range& range : ranges) {
    KnownRange& one = parsed.emplace_back();
    std::array<char, kIpv6Octets> octets{};
    inet_pton(family == AddressFamily::kIpv4 ? AF_INET : AF_INET6, range.address, octets.data());
    one.prefix.set_address(octets.data(), family == AddressFamily::kIpv4 ? kIpv4Octets : kIpv6Octets);
    one.prefix.set_prefix_length(range.prefix_length);
    one.kind = range.kind;
  }
  return parsed;
}

bool equal_bits(const std::string& a, const std::string& b, uint32_t bits) {
  const size_t whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return ((static_cast<uint8_t>(a[whole]) ^ static_cast<uint8_t>(b[whole])) & mask) == 0;
}

bool host_bits_are_zero(const v1::AddressPrefix& prefix) {
  for (size_t bit = prefix.prefix_length(); bit < prefix.address().size() * 8; ++bit)
    if ((static_cast<uint8_t>(prefix.address()[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

bool is_mapped_ipv4(const std::string& address) {
  constexpr std::array<char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\xff', '\xff'};
  return address.size() == kIpv6Octets && std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

}  // namespace

std::optional<uint32_t> parse_number(std::string_view digits, uint32_t max) {
  constexpr size_t kDigitsMax = 9;  // fits 32 bits
  if (digits.empty() || digits.size() > kDigitsMax || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  uint32_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value <= max ? std::optional(value) : std::nullopt;
}

Result<v1::AddressPrefix> parse_prefix(std::string_view text, AddressFamily family) {
  const bool ipv4 = family == AddressFamily::kIpv4;
  const size_t octets = ipv4 ? kIpv4Octets : kIpv6Octets;
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  std::array<char, kIpv6Octets> bytes{};
  if (address.find('\0') != std::string::npos ||
      inet_pton(ipv4 ? AF_INET : AF_INET6, address.c_str(), bytes.data()) != 1)
    return absl::InvalidArgumentError(ipv4 ? "no IPv4 address" : "no IPv6 address");
  v1::AddressPrefix prefix;
  prefix.set_address(bytes.data(), octets);
  prefix.set_prefix_length(static_cast<uint32_t>(octets * 8));
  if (is_mapped_ipv4(prefix.address())) return absl::InvalidArgumentError("an IPv4 address is written as such");
  if (slash == std::string_view::npos) return prefix;
  const std::optional<uint32_t> length = parse_number(text.substr(slash + 1), prefix.prefix_length());
  if (!length)
    return absl::InvalidArgumentError(fmt::format("the prefix length must be a number from 0 to {}", octets * 8));
  prefix.set_prefix_length(*length);
  if (!host_bits_are_zero(prefix)) return absl::InvalidArgumentError("bits behind the prefix length are not zero");
  return prefix;
}

Result<v1::AddressPrefix> parse_prefix(std::string_view text) {
  const bool colon = text.find(':') != std::string_view::npos;
  return parse_prefix(text, colon ? AddressFamily::kIpv6 : AddressFamily::kIpv4);
}

std::string format_prefix(const v1::AddressPrefix& prefix) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_ipv4(prefix) ? AF_INET : AF_INET6, prefix.address().data(), text.data(), text.size());
  const bool whole = prefix.prefix_length() == prefix.address().size() * 8;
  return fmt::format("{}{}", text.data(), whole ? "" : fmt::format("/{}", prefix.prefix_length()));
}

AddressKind kind_of(const v1::AddressPrefix& prefix) {
  static const std::vector<KnownRange> kIpv4 = known(kIpv4Ranges, AddressFamily::kIpv4);
  static const std::vector<KnownRange> kIpv6 = known(kIpv6Ranges, AddressFamily::kIpv6);
  AddressKind kind = AddressKind::kPublic;
  for (const KnownRange& range : is_ipv4(prefix) ? kIpv4 : kIpv6)
    if (overlap(prefix, range.prefix)) kind = std::max(kind, range.kind);
  return kind;
}

bool is_ipv4(const v1::AddressPrefix& prefix) { return prefix.address().size() == kIpv4Octets; }

bool contains(const v1::AddressPrefix& outer, const v1::AddressPrefix& inner) {
  return outer.address().size() == inner.address().size() && outer.prefix_length() <= inner.prefix_length() &&
         equal_bits(outer.address(), inner.address(), outer.prefix_length());
}

bool overlap(const v1::AddressPrefix& a, const v1::AddressPrefix& b) { return contains(a, b) || contains(b, a); }

}  // namespace lictor::control
