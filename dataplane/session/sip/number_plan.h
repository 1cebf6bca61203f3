// What dialled numbers mean where a SIP node stands: national and international prefixes to E.164 (RFC 3966, TS 23.003
// section 13), by the operator's configuration. A plain value that the control thread makes; read by session lcores.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/call_uri.h"

namespace lictor::sip {

// What digits are that begin with none of the prefixes.
enum class BareNumber : uint8_t {
  kLocal,          // of this place alone: nobody's number
  kNational,       // a country's, without its trunk prefix
  kInternational,  // with the country code in front, as trunks between operators have it
};

struct NumberPlan {
  std::string country_code;                         // digits; empty: only numbers that are global as they stand
  std::vector<std::string> international_prefixes;  // "00", "011"
  std::string trunk_prefix;                         // "0"; empty: national numbers have none
  BareNumber bare = BareNumber::kLocal;
  // Names of phone-context (RFC 3966 section 5.1.5) that mean this plan, in lower case, as ims.example.org.
  std::vector<std::string> contexts;
};

// "+" and up to 15 digits.
struct GlobalNumber {
  uint8_t bytes = 0;
  std::array<uint8_t, kNumberDigitsMax + 1> text{};

  [[nodiscard]] Bytes all() const { return Bytes(text).first(bytes); }
};

// `text` as a caller wrote it, of a tel URI or the user part of a SIP URI, and its phone-context if it has one: "+49"
// or a name. nullopt where it is no number, is valid at some place only, or is too long for E.164.
//   a context that is the plan's country, or one of its names: the plan holds
//   a context that is another country's code: an international prefix holds, and else the number follows the code
//   any other context: only what is global as it stands
[[nodiscard]] std::optional<GlobalNumber> global_number(const NumberPlan& plan, Bytes text,
                                                        std::optional<Bytes> context) noexcept;

}  // namespace lictor::sip
