#include "dataplane/session/sip/number_plan.h"

#include <algorithm>
#include <string_view>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

std::optional<GlobalNumber> joined(Bytes code, Bytes digits) {
  if (code.size() + digits.size() > kNumberDigitsMax || digits.empty()) return std::nullopt;
  GlobalNumber number;
  number.text[0] = '+';
  const auto behind = std::ranges::copy(code, number.text.begin() + 1).out;
  std::ranges::copy(digits, behind);
  number.bytes = static_cast<uint8_t>(1 + code.size() + digits.size());
  return number;
}

bool begins_with(Bytes digits, std::string_view prefix) {
  return !prefix.empty() && digits.size() > prefix.size() && same_octets(digits.first(prefix.size()), as_bytes(prefix));
}

// The longest that fits: "00" before "0".
size_t international_bytes(const NumberPlan& plan, Bytes digits) {
  size_t bytes = 0;
  for (const std::string& prefix : plan.international_prefixes)
    if (begins_with(digits, prefix)) bytes = std::max(bytes, prefix.size());
  return bytes;
}

std::optional<GlobalNumber> by_plan(const NumberPlan& plan, Bytes digits, BareNumber bare) {
  if (const size_t prefix = international_bytes(plan, digits); prefix != 0) return joined({}, digits.subspan(prefix));
  if (plan.country_code.empty()) {
    return bare == BareNumber::kInternational ? joined({}, digits) : std::nullopt;
  }
  if (begins_with(digits, plan.trunk_prefix))
    return joined(as_bytes(plan.country_code), digits.subspan(plan.trunk_prefix.size()));
  if (bare == BareNumber::kInternational) return joined({}, digits);
  return bare == BareNumber::kNational ? joined(as_bytes(plan.country_code), digits) : std::nullopt;
}

bool is_context_of(const NumberPlan& plan, Bytes name) {
  return std::ranges::any_of(plan.contexts, [name](const std::string& context) { return is_word(name, context); });
}

}  // namespace

std::optional<GlobalNumber> global_number(const NumberPlan& plan, Bytes text, std::optional<Bytes> context) noexcept {
  const std::optional<DialledNumber> dialled = read_dialled(text);
  if (!dialled) return std::nullopt;
  if (dialled->global) return joined({}, dialled->all());
  if (!context || context->empty()) return by_plan(plan, dialled->all(), plan.bare);
  if (is_context_of(plan, *context)) return by_plan(plan, dialled->all(), plan.bare);
  const std::optional<DialledNumber> code = read_dialled(*context);
  if (!code || !code->global) return std::nullopt;
  // A number that is given with its country is that country's, whatever bare numbers are otherwise.
  if (same_octets(code->all(), as_bytes(plan.country_code)))
    return by_plan(plan, dialled->all(), BareNumber::kNational);
  constexpr size_t kCountryCodeDigitsMax = 3;
  if (code->digits > kCountryCodeDigitsMax) return std::nullopt;  // an area: what stands before the number nobody says
  if (const size_t prefix = international_bytes(plan, dialled->all()); prefix != 0)
    return joined({}, dialled->all().subspan(prefix));
  return joined(code->all(), dialled->all());
}

}  // namespace lictor::sip
