// Patterns to messages, strictly, and back. Pure functions.
#include "control/registry/pattern_selector.h"

#include <fmt/format.h>

#include "control/registry/hex.h"
#include "control/registry/selector.h"
#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

constexpr const char* kForm =
    "a pattern is text, hex or regex, then ,nocase and ,flow where wanted, a colon and the value";

// The options behind the kind. False where one is unknown or there twice.
bool parse_options(std::string_view options, v1::Pattern& pattern) {
  while (!options.empty()) {
    options.remove_prefix(1);  // the comma
    const std::string_view option = options.substr(0, options.find(','));
    if (option == "nocase" && !pattern.any_case())
      pattern.set_any_case(true);
    else if (option == "flow" && !pattern.flow())
      pattern.set_flow(true);
    else
      return false;
    options.remove_prefix(option.size());
  }
  return true;
}

Status check_length(const std::string& octets) {
  if (!octets.empty() && octets.size() <= kPatternBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("a pattern has 1 to {} octets", kPatternBytesMax));
}

Status parse_text(std::string_view value, v1::Pattern& pattern) {
  if (!characters_of(value))
    return absl::InvalidArgumentError("text has no control characters: write such octets as hex or in a regex");
  pattern.set_literal(value.data(), value.size());
  return check_length(pattern.literal());
}

Status parse_hex(std::string_view value, v1::Pattern& pattern) {
  const std::optional<std::string> octets = octets_of_hex(value);
  if (!octets) return absl::InvalidArgumentError("hex takes an even number of hexadecimal digits");
  pattern.set_literal(*octets);
  return check_length(pattern.literal());
}

Status parse_regex(std::string_view value, v1::Pattern& pattern) {
  if (!characters_of(value))
    return absl::InvalidArgumentError("an expression has no control characters: write such octets as \\xHH");
  pattern.set_expression(value.data(), value.size());
  return check_length(pattern.expression());
}

}  // namespace

Result<v1::Pattern> parse_pattern(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return absl::InvalidArgumentError(kForm);
  const std::string_view head = text.substr(0, colon);
  const std::string_view kind = head.substr(0, head.find(','));
  const std::string_view value = text.substr(colon + 1);
  v1::Pattern pattern;
  if (!parse_options(head.substr(kind.size()), pattern)) return absl::InvalidArgumentError(kForm);
  Status status = absl::InvalidArgumentError(kForm);
  if (kind == "text") status = parse_text(value, pattern);
  if (kind == "hex") status = parse_hex(value, pattern);
  if (kind == "regex") status = parse_regex(value, pattern);
  if (!status.ok()) return status;
  return pattern;
}

std::string format_pattern(const v1::Pattern& pattern) {
  const bool text = pattern.has_literal() && characters_of(pattern.literal());
  const char* kind = pattern.has_expression() ? "regex" : text ? "text" : "hex";
  std::string value = pattern.has_expression() ? pattern.expression() : pattern.literal();
  if (!pattern.has_expression() && !text) value = hex_of(value);
  return fmt::format("{}{}{}:{}", kind, pattern.any_case() ? ",nocase" : "", pattern.flow() ? ",flow" : "", value);
}

}  // namespace lictor::control
