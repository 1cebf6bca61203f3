#include "dataplane/base/call_uri.h"

#include <arpa/inet.h>

#include <algorithm>

#include "dataplane/base/octet_text.h"

namespace lictor {
namespace {

UriScheme scheme_named(Bytes name) {
  if (is_word(name, "sip")) return UriScheme::kSip;
  if (is_word(name, "sips")) return UriScheme::kSips;
  if (is_word(name, "tel")) return UriScheme::kTel;
  return UriScheme::kOther;
}

// RFC 3986 section 3.1.
bool is_scheme(Bytes name) {
  const auto is_letter = [](uint8_t octet) { return lower_octet(octet) >= 'a' && lower_octet(octet) <= 'z'; };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, [&](uint8_t octet) {
    return is_letter(octet) || is_digit_octet(octet) || octet == '+' || octet == '-' || octet == '.';
  });
}

// Names, IPv4 addresses, and what operators' names have against the rule.
bool is_host_octet(uint8_t octet) {
  const uint8_t folded = lower_octet(octet);
  return (folded >= 'a' && folded <= 'z') || is_digit_octet(octet) || octet == '.' || octet == '-' || octet == '_';
}

UriError read_host(Bytes& rest, CallUri& uri) {
  size_t end = 0;
  if (!rest.empty() && rest[0] == '[') {
    end = find_octet(rest, ']');
    if (end == kNoOctet) return UriError::kBadHost;
    ++end;
  } else {
    while (end < rest.size() && is_host_octet(rest[end])) ++end;
  }
  if (end == 0) return UriError::kNoHost;
  uri.host = rest.first(end);
  rest = rest.subspan(end);
  return UriError::kNone;
}

UriError read_sip(Bytes rest, CallUri& uri) {
  if (const size_t at = find_octet(rest, '@'); at != kNoOctet) {
    Bytes user = rest.first(at);
    rest = rest.subspan(at + 1);
    uri.has_user = true;
    const Bytes with_params = take_until(user, ':');
    uri.user_params = with_params;
    uri.user = take_until(uri.user_params, ';');
  }
  if (const UriError error = read_host(rest, uri); error != UriError::kNone) return error;
  if (!rest.empty() && rest[0] == ':') {
    size_t end = 1;
    while (end < rest.size() && is_digit_octet(rest[end])) ++end;
    uri.port = static_cast<uint16_t>(read_decimal(rest.subspan(1, end - 1), UINT16_MAX).value_or(0));
    rest = rest.subspan(end);
  }
  if (!rest.empty() && rest[0] != ';' && rest[0] != '?' && !is_blank_octet(rest[0])) return UriError::kBadHost;
  const Bytes before_headers = take_until(rest, '?');
  uri.headers = rest;
  if (!before_headers.empty()) uri.params = before_headers.subspan(1);
  return UriError::kNone;
}

UriError read_tel(Bytes rest, CallUri& uri) {
  uri.has_user = true;
  uri.user = trimmed(take_until(rest, ';'));
  uri.user_params = rest;
  return uri.user.empty() ? UriError::kNoNumber : UriError::kNone;
}

uint8_t hex_value(uint8_t octet) {
  if (is_digit_octet(octet)) return static_cast<uint8_t>(octet - '0');
  const uint8_t folded = lower_octet(octet);
  return folded >= 'a' && folded <= 'f' ? static_cast<uint8_t>(folded - 'a' + 10) : UINT8_MAX;
}

// The octet at `at`, or what is escaped there; `at` is moved behind it.
uint8_t take_unescaped(Bytes text, size_t& at) {
  const uint8_t octet = text[at++];
  if (octet != '%' || text.size() - at < 2) return octet;
  const uint8_t high = hex_value(text[at]);
  const uint8_t low = hex_value(text[at + 1]);
  if (high == UINT8_MAX || low == UINT8_MAX) return octet;
  at += 2;
  return static_cast<uint8_t>(high << 4 | low);
}

bool stays_escaped(uint8_t octet) {
  constexpr uint8_t kDelete = 0x7F;
  return octet <= ' ' || octet == kDelete || octet == ';' || octet == ':' || octet == '@' || octet == '?' ||
         octet == '%';
}

// The address of "[…]", written shortest.
size_t write_address_form(Bytes host, MutableBytes room) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::array<uint8_t, 16> address{};
  if (host.size() < 2 || host.back() != ']' || host.size() - 2 >= text.size()) return 0;
  std::ranges::copy(host.subspan(1, host.size() - 2), text.begin());
  if (inet_pton(AF_INET6, text.data(), address.data()) != 1) return 0;
  const char* const shortest = inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  const std::string_view form(shortest);
  if (room.size() < form.size() + 2) return 0;
  room[0] = '[';
  std::ranges::copy(as_bytes(form), room.begin() + 1);
  room[form.size() + 1] = ']';
  return form.size() + 2;
}

}  // namespace

UriError parse_call_uri(Bytes text, CallUri& uri) noexcept {
  uri = CallUri{.whole = trimmed(text)};
  Bytes rest = uri.whole;
  const size_t colon = find_octet(rest, ':');
  if (colon == kNoOctet || !is_scheme(rest.first(colon))) return UriError::kNoScheme;
  uri.scheme = scheme_named(rest.first(colon));
  rest = rest.subspan(colon + 1);
  if (uri.scheme == UriScheme::kOther) return UriError::kOtherScheme;
  return uri.scheme == UriScheme::kTel ? read_tel(rest, uri) : read_sip(rest, uri);
}

std::optional<Bytes> uri_param(Bytes params, std::string_view name) noexcept {
  while (!params.empty()) {
    Bytes value = take_until(params, ';');
    if (is_word(trimmed(take_until(value, '=')), name)) return trimmed(value);
  }
  return std::nullopt;
}

size_t write_unescaped(Bytes escaped, MutableBytes room) noexcept {
  size_t written = 0;
  for (size_t at = 0; at < escaped.size();) room[written++] = take_unescaped(escaped, at);
  return written;
}

size_t write_user_form(Bytes escaped, MutableBytes room) noexcept {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  size_t written = 0;
  for (size_t at = 0; at < escaped.size();) {
    const uint8_t octet = take_unescaped(escaped, at);
    const bool is_escaped = stays_escaped(octet);
    if (room.size() - written < (is_escaped ? 3 : 1)) return 0;
    room[written++] = is_escaped ? '%' : octet;
    if (!is_escaped) continue;
    room[written++] = static_cast<uint8_t>(kDigits[octet >> 4]);
    room[written++] = static_cast<uint8_t>(kDigits[octet & 0xF]);
  }
  return written;
}

size_t write_host_form(Bytes host, MutableBytes room) noexcept {
  if (host.empty() || room.size() < host.size()) return 0;
  if (host[0] == '[') return write_address_form(host, room);
  while (!host.empty() && host.back() == '.') host = host.first(host.size() - 1);
  for (size_t i = 0; i < host.size(); ++i) room[i] = lower_octet(host[i]);
  return host.size();
}

std::optional<DialledNumber> read_dialled(Bytes text) noexcept {
  DialledNumber number;
  const Bytes shown = trimmed(text);
  for (size_t i = 0; i < shown.size(); ++i) {
    const uint8_t octet = shown[i];
    if (is_digit_octet(octet)) {
      if (number.digits == kDialledDigitsMax) return std::nullopt;
      number.digit[number.digits++] = octet;
    } else if (octet == '+' && i == 0) {
      number.global = true;
    } else if (octet != '-' && octet != '.' && octet != '(' && octet != ')' && octet != ' ') {
      return std::nullopt;
    }
  }
  return number.digits == 0 ? std::nullopt : std::optional(number);
}

}  // namespace lictor
