#include "dataplane/session/radius/port_block.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace lictor::radius {
namespace {

// RFC 8045 section 3.2.
constexpr uint8_t kExternalAddress = 3;
constexpr uint8_t kAllocation = 8;
constexpr uint8_t kRangeStart = 9;
constexpr uint8_t kRangeEnd = 10;
constexpr uint32_t kReleased = 2;

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// inet_pton wants an end of text.
template <size_t N>
std::optional<std::array<uint8_t, N>> address_of(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.empty() || text.size() >= copy.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), copy.begin());
  std::array<uint8_t, N> address;
  if (inet_pton(family, copy.data(), address.data()) != 1) return std::nullopt;
  return address;
}

std::string_view without_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

// A port as 4 octets has two zeros in front, which no text has.
std::optional<uint16_t> port_of(Bytes value) {
  if (value.size() == 4 && value[0] == 0 && value[1] == 0) return static_cast<uint16_t>(ByteReader(value).u32());
  return number_of<uint16_t>(without_end(as_text(value)));
}

std::optional<Ipv4> ipv4_of(Bytes value) {
  if (value.size() != 4) return address_of<4>(AF_INET, without_end(as_text(value)));
  Ipv4 address;
  std::copy_n(value.begin(), 4, address.begin());
  return address;
}

template <typename Part>
bool add_part(std::optional<Part> PortBlock::*member, const std::optional<Part>& part, PortBlocks& blocks) {
  if (!part) return false;
  const bool begins = blocks.count == 0 || blocks.items[blocks.count - 1U].*member;
  if (begins) {
    PortBlock block;
    block.*member = part;
    blocks.add(block);
  } else {
    blocks.items[blocks.count - 1U].*member = part;
  }
  return true;
}

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

std::string_view first_word(std::string_view& text) {
  text.remove_prefix(static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_blank) - text.begin()));
  const auto length = static_cast<size_t>(std::find_if(text.begin(), text.end(), is_blank) - text.begin());
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

template <size_t N>
std::optional<IpPrefix> prefix_of(int family, std::string_view address, std::string_view bits_text) {
  const auto octets = address_of<N>(family, address);
  const auto bits = number_of<uint8_t>(bits_text);
  if (!octets || !bits || *bits > N * 8) return std::nullopt;
  IpPrefix prefix{.ipv6 = family == AF_INET6, .bits = *bits};
  std::copy_n(octets->begin(), N, prefix.octets.begin());
  for (size_t bit = *bits; bit < N * 8; ++bit) {
    if ((prefix.octets[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return prefix;
}

}  // namespace

bool read_port_part(Field part, Bytes value, PortBlocks& blocks) noexcept {
  if (part == Field::kNatAddress) return add_part(&PortBlock::address, ipv4_of(value), blocks);
  return add_part(part == Field::kNatFirst ? &PortBlock::first : &PortBlock::last, port_of(value), blocks);
}

bool read_port_text(Bytes value, PortBlocks& blocks) noexcept {
  std::string_view text = without_end(as_text(value));
  PortBlock block;
  block.address = address_of<4>(AF_INET, first_word(text));
  const std::string_view ports = first_word(text);
  const size_t dash = std::min(ports.find('-'), ports.size());
  block.first = number_of<uint16_t>(ports.substr(0, dash));
  block.last = number_of<uint16_t>(ports.substr(std::min(dash + 1, ports.size())));
  if (!block.address || !block.complete()) return false;
  blocks.add(block);
  return true;
}

bool read_port_range(Bytes value, PortBlocks& blocks) noexcept {
  PortBlock block;
  for (ByteReader in(value); in.remaining() > 0;) {
    const uint8_t type = in.u8();
    const uint8_t length = in.u8();
    const Bytes inside = length < 2 ? Bytes{} : in.take(length - 2U);
    if (length < 2 || !in.ok()) return false;
    if (type == kExternalAddress && inside.size() == 4) block.address = ipv4_of(inside);
    if (type == kAllocation && inside.size() == 4) block.released = ByteReader(inside).u32() == kReleased;
    if (type == kRangeStart && inside.size() == 4) block.first = port_of(inside);
    if (type == kRangeEnd && inside.size() == 4) block.last = port_of(inside);
  }
  if (!block.complete()) return false;
  blocks.add(block);
  return true;
}

std::optional<IpPrefix> route_prefix(Bytes route) noexcept {
  std::string_view text = without_end(as_text(route));
  const std::string_view word = first_word(text);
  const size_t slash = word.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view address = word.substr(0, slash);
  const std::string_view bits = word.substr(slash + 1);
  if (address.find(':') != std::string_view::npos) return prefix_of<16>(AF_INET6, address, bits);
  return prefix_of<4>(AF_INET, address, bits);
}

}  // namespace lictor::radius
