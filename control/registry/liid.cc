// LIIDs to octets, strictly. Pure functions.
#include "control/registry/liid.h"

#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string> parse_liid(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("missing");
  if (!text.starts_with("0x")) {
    if (text.size() > kLiidOctetsMax) return absl::InvalidArgumentError("longer than 25 octets");
    if (!is_printable(text, 1, kLiidOctetsMax))
      return absl::InvalidArgumentError(
          "must be printable ASCII without blanks at its ends, or 0x and hexadecimal digits");
    return std::string(text);
  }
  const std::string_view digits = text.substr(2);
  if (digits.empty() || digits.size() % 2 != 0)
    return absl::InvalidArgumentError("after 0x an even number of hexadecimal digits is needed");
  if (digits.size() > 2 * kLiidOctetsMax) return absl::InvalidArgumentError("longer than 25 octets");
  std::string octets;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit_of(digits[i]);
    const int low = digit_of(digits[i + 1]);
    if (high < 0 || low < 0) return absl::InvalidArgumentError("after 0x only hexadecimal digits may follow");
    octets.push_back(static_cast<char>(high << 4 | low));
  }
  return octets;
}

std::string hex_of(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : octets) {
    text.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    text.push_back(kDigits[static_cast<uint8_t>(c) & 15]);
  }
  return text;
}

}  // namespace lictor::control
