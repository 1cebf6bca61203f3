// A SIP, SIPS or tel URI as a view over its octets (RFC 3261 section 19.1, RFC 3966), and the parts of it in the one
// form in which names of calls are compared. The control daemon and the dataplanes must agree on that form. Pure
// functions, any thread, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor {

enum class UriScheme : uint8_t { kNone, kSip, kSips, kTel, kOther };

// Why a text gives no name.
enum class UriError : uint8_t {
  kNone,
  kNoScheme,
  kOtherScheme,  // it is a URI, and not one of a call's parties: urn:, http:, …
  kNoHost,       // of sip and sips
  kBadHost,      // an octet that no host has, a bracket that is not closed
  kNoNumber,     // of tel
  kCount,
};

// Spans lie in the text, and are as it has them: escaped, in any case.
struct CallUri {
  UriScheme scheme = UriScheme::kNone;
  Bytes whole;
  Bytes user;         // without password and parameters; of tel the number
  Bytes user_params;  // behind the first ";" of the user part; of tel the parameters
  Bytes host;         // with the brackets of an IPv6 address; of tel empty
  Bytes params;       // behind the ";" of the host; of tel empty
  Bytes headers;      // behind the "?"
  uint16_t port = 0;  // 0: none, or one that is no port
  bool has_user = false;
};

// Reads `text`, blanks at its ends apart. With an error `scheme` and `whole` may be used. The first "@" ends the user
// part, as the grammar has it, so nothing that is written behind it hides who is called.
[[nodiscard]] UriError parse_call_uri(Bytes text, CallUri& uri) noexcept;

// The value of a parameter among "name=value;name;…", empty where it has none; nullopt where it is not there. `name` is
// in lower case.
[[nodiscard]] std::optional<Bytes> uri_param(Bytes params, std::string_view name) noexcept;

// Without escapes: "%41" is "A", and a "%" without two hexadecimal digits is itself. `room` is as long as `escaped` at
// least. Answers the length, at most that of `escaped`.
size_t write_unescaped(Bytes escaped, MutableBytes room) noexcept;

// A user part's one form: what it means, without escapes but of what would end a user part, begin another name, or be
// cut off at an end were it written plainly: ";", ":", "@", "?", "%", blanks and controls are "%3B" and the like,
// however they came. So the form read again is itself. 0 where `room` is too short: it may be longer than `escaped`.
size_t write_user_form(Bytes escaped, MutableBytes room) noexcept;

// A host's one form: lower case, no dots at the end, and of an address in brackets the octets' shortest text (RFC
// 5952). 0 where `room` is shorter than `host`, or an address in brackets is none.
size_t write_host_form(Bytes host, MutableBytes room) noexcept;

// E.164: up to 15 digits behind the "+".
constexpr size_t kNumberDigitsMax = 15;
// Numbers as callers write them: longer ones are nobody's.
constexpr size_t kDialledDigitsMax = 32;

// What a number is written as, once visual separators are gone ("-", ".", "(", ")", and blanks).
struct DialledNumber {
  bool global = false;  // behind a "+"
  uint8_t digits = 0;
  std::array<uint8_t, kDialledDigitsMax> digit{};

  [[nodiscard]] Bytes all() const { return Bytes(digit).first(digits); }
};

// nullopt where there is anything but digits, separators and a leading "+" in it, no digit, or more than
// kDialledDigitsMax.
[[nodiscard]] std::optional<DialledNumber> read_dialled(Bytes text) noexcept;

}  // namespace lictor
