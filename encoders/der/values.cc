#include "encoders/der/values.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace lictor::der {
namespace {

constexpr std::array<uint8_t, 6> kPsDomain = {0x04, 0x00, 0x02, 0x02, 0x05, 0x01};

// Octets of the UTF-8 sequence that starts with `first`, 0 where none does (RFC 3629).
size_t utf8_length(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

// Overlong forms, surrogates and what lies above U+10FFFF show in the second octet.
bool second_fits(uint8_t first, uint8_t second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return true;
  }
}

}  // namespace

std::optional<uint64_t> read_unsigned(Bytes content) {
  if (content.empty() || (content.front() & 0x80) != 0) return std::nullopt;
  if (content.size() > 1 && content[0] == 0 && content[1] < 0x80) return std::nullopt;
  if (content.size() > sizeof(uint64_t) + (content[0] == 0 ? 1 : 0)) return std::nullopt;
  uint64_t value = 0;
  for (const uint8_t octet : content) value = value << 8 | octet;
  return value;
}

bool is_identifier(Bytes content) {
  bool at_start = true;
  for (const uint8_t octet : content) {
    if (at_start && octet == 0x80) return false;
    at_start = octet < 0x80;
  }
  return at_start && !content.empty();
}

bool is_ps_domain(Bytes content) {
  if (content.size() <= kPsDomain.size() || !std::equal(kPsDomain.begin(), kPsDomain.end(), content.begin()))
    return false;
  const Bytes version = content.subspan(kPsDomain.size());
  return std::all_of(version.begin(), version.end() - 1, [](uint8_t octet) { return octet >= 0x80; }) &&
         version.back() < 0x80;
}

bool is_utf8(Bytes content) {
  ByteReader in(content);
  while (in.remaining() > 0) {
    const uint8_t first = in.u8();
    const size_t length = utf8_length(first);
    if (length == 0) return false;
    const Bytes rest = in.take(length - 1);
    if (!in.ok()) return false;
    if (!rest.empty() && !second_fits(first, rest.front())) return false;
    if (!std::all_of(rest.begin(), rest.end(), [](uint8_t octet) { return (octet & 0xc0) == 0x80; })) return false;
  }
  return true;
}

}  // namespace lictor::der
