// LIIDs to octets, strictly. Pure functions.
#include "control/registry/liid.h"

#include "control/registry/hex.h"
#include "control/registry/text_rules.h"

namespace lictor::control {
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
  const std::optional<std::string> octets = octets_of_hex(digits);
  if (!octets) return absl::InvalidArgumentError("after 0x only hexadecimal digits may follow");
  return *octets;
}

}  // namespace lictor::control
