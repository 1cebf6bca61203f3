#include "dataplane/base/identity.h"

#include <algorithm>
#include <cstddef>

#include "dataplane/base/call_uri.h"
#include "dataplane/base/number_range.h"
#include "dataplane/base/octet_text.h"

namespace lictor {
namespace {

constexpr size_t kMacBytes = 6;
constexpr size_t kMacDigits = 2 * kMacBytes;

bool is_hex_digit(uint8_t octet) {
  return is_digit_octet(octet) || (lower_octet(octet) >= 'a' && lower_octet(octet) <= 'f');
}

size_t copy(Bytes shown, MutableBytes room) {
  std::ranges::copy(shown, room.begin());
  return shown.size();
}

size_t user_form(Bytes shown, const IdentityForm& form, MutableBytes room) {
  const size_t last_at = as_text(shown).rfind('@');
  const size_t user_bytes = last_at == std::string_view::npos ? shown.size() : last_at;
  const size_t kept = form.strip_realm && user_bytes > 0 ? user_bytes : shown.size();
  for (size_t i = 0; i < kept; ++i) room[i] = i > user_bytes || form.fold_user_case ? lower_octet(shown[i]) : shown[i];
  return kept;
}

// 12 hexadecimal digits with one kind of separator, or none, at the places where people group them: after each second,
// third, fourth or sixth digit.
size_t mac_text(Bytes shown, MutableBytes room) {
  size_t digits = 0;
  size_t group = 0;  // digits in a group; 0: not known yet
  size_t in_group = 0;
  uint8_t separator = 0;
  for (const uint8_t octet : shown) {
    if (is_hex_digit(octet)) {
      if (digits == kMacDigits) return 0;
      room[digits++] = lower_octet(octet);
      ++in_group;
      continue;
    }
    if (octet != '-' && octet != ':' && octet != '.' && octet != ' ') return 0;
    if (separator == 0) {
      separator = octet;
      group = in_group;
    }
    if (octet != separator || in_group != group) return 0;
    in_group = 0;
  }
  if (digits != kMacDigits) return 0;
  if (separator == 0) return digits;
  return in_group == group && group >= 2 && kMacDigits % group == 0 ? digits : 0;
}

size_t number_text(Bytes shown, MutableBytes room) {
  size_t digits = 0;
  for (size_t i = 0; i < shown.size(); ++i) {
    const uint8_t octet = shown[i];
    if (is_digit_octet(octet)) {
      room[digits++] = octet;
    } else if (octet != ' ' && octet != '-' && octet != '.' && octet != '(' && octet != ')' &&
               (octet != '+' || i != 0)) {
      return 0;
    }
  }
  return digits;
}

size_t station_form(Bytes shown, MutableBytes room) {
  if (const size_t bytes = mac_text(shown, room); bytes != 0) return bytes;
  if (const size_t bytes = number_text(shown, room); bytes != 0) return bytes;
  return copy(shown, room);
}

size_t line_form(Bytes shown, MutableBytes room) {
  size_t bytes = shown.size();
  while (bytes > 0 && (shown[bytes - 1] == 0 || shown[bytes - 1] == ' ')) --bytes;
  return copy(shown.first(bytes), room);
}

size_t mac_form(Bytes shown, MutableBytes room) {
  if (shown.size() != kMacBytes || std::ranges::all_of(shown, [](uint8_t octet) { return octet == 0; })) return 0;
  return copy(shown, room);
}

size_t imsi_form(Bytes shown, MutableBytes room) {
  constexpr size_t kDigitsMin = 6;
  constexpr size_t kDigitsMax = 15;
  if (shown.size() < kDigitsMin || shown.size() > kDigitsMax || !std::ranges::all_of(shown, is_digit_octet)) return 0;
  return copy(shown, room);
}

bool is_global(const DialledNumber& number) { return number.global && number.digits <= kNumberDigitsMax; }

// Behind the scheme, or where there is none. Of a range the mark stays.
size_t tel_form(Bytes number, MutableBytes room) {
  Bytes digits = take_until(number, ';');
  const bool is_range = as_text(digits).ends_with(kRangeMark);
  if (is_range) digits = digits.first(digits.size() - kRangeMark.size());
  const std::optional<DialledNumber> dialled = read_dialled(digits);
  if (!dialled || !is_global(*dialled) || (is_range && dialled->digits < kRangeDigitsMin)) return 0;
  room[0] = '+';
  const auto behind = std::ranges::copy(dialled->all(), room.begin() + 1).out;
  if (is_range) std::ranges::copy(as_bytes(kRangeMark), behind);
  return size_t{dialled->digits} + (is_range ? 2 : 1);
}

size_t sip_form(const CallUri& uri, MutableBytes room) {
  const size_t user = write_user_form(uri.user, room);
  if (user == 0 || user == room.size()) return 0;
  room[user] = '@';
  const size_t host = write_host_form(uri.host, room.subspan(user + 1));
  return host == 0 ? 0 : user + 1 + host;
}

// "alice@example.org". A ":" in the user part would be a password's, or behind a scheme that is none of a call's.
size_t bare_sip_form(Bytes shown, MutableBytes room) {
  constexpr std::string_view kScheme = "sip:";
  std::array<uint8_t, kIdentityBytesMax> named;
  const size_t at = find_octet(shown, '@');
  if (at == kNoOctet || find_octet(shown.first(at), ':') != kNoOctet) return 0;
  if (shown.size() > named.size() - kScheme.size()) return 0;
  std::ranges::copy(shown, std::ranges::copy(as_bytes(kScheme), named.begin()).out);
  CallUri uri;
  const UriError error = parse_call_uri(Bytes(named).first(kScheme.size() + shown.size()), uri);
  return error == UriError::kNone ? sip_form(uri, room) : 0;
}

size_t uri_form(IdentityKind kind, Bytes shown, MutableBytes room) {
  CallUri uri;
  const UriError error = parse_call_uri(shown, uri);
  const bool is_sip = uri.scheme == UriScheme::kSip || uri.scheme == UriScheme::kSips;
  if (uri.scheme == UriScheme::kTel && kind != IdentityKind::kSipUri) return tel_form(uri.user, room);
  if (is_sip && kind != IdentityKind::kTelUri) return error == UriError::kNone ? sip_form(uri, room) : 0;
  if (kind == IdentityKind::kTelUri && uri.scheme == UriScheme::kNone) return tel_form(shown, room);
  return kind == IdentityKind::kSipUri ? bare_sip_form(shown, room) : 0;
}

size_t sip_user_form(Bytes shown, MutableBytes room) {
  return find_octet(shown, '@') == kNoOctet ? write_user_form(shown, room) : 0;
}

size_t private_form(Bytes shown, const IdentityForm& form, MutableBytes room) {
  const size_t at = as_text(shown).rfind('@');
  return at == std::string_view::npos || at == 0 || at + 1 == shown.size() ? 0 : user_form(shown, form, room);
}

}  // namespace

size_t normal_form(IdentityKind kind, Bytes shown, const IdentityForm& form, MutableBytes whole_room) {
  const MutableBytes room = whole_room.first(std::min(whole_room.size(), kIdentityBytesMax));
  if (shown.empty() || shown.size() > kIdentityBytesMax || room.size() < shown.size()) return 0;
  switch (kind) {
    case IdentityKind::kRadiusUser:
    case IdentityKind::kChargeableUser:
      return user_form(shown, form, room);
    case IdentityKind::kCallingStation:
      return station_form(shown, room);
    case IdentityKind::kCircuitId:
    case IdentityKind::kRemoteId:
      return line_form(shown, room);
    case IdentityKind::kMac:
      return mac_form(shown, room);
    case IdentityKind::kImsi:
      return imsi_form(shown, room);
    case IdentityKind::kSipUri:
    case IdentityKind::kTelUri:
    case IdentityKind::kImpu:
      return uri_form(kind, shown, room);
    case IdentityKind::kSipUser:
      return sip_user_form(shown, room);
    case IdentityKind::kImpi:
      return private_form(shown, {}, room);
    case IdentityKind::kDhcpClientId:
    case IdentityKind::kDuid:
    case IdentityKind::kNasPort:
    case IdentityKind::kCount:
      break;
  }
  return copy(shown, room);
}

}  // namespace lictor
