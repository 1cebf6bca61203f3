#include "dataplane/base/identity.h"

#include <algorithm>
#include <cstddef>

namespace lictor {
namespace {

constexpr size_t kMacBytes = 6;
constexpr size_t kMacDigits = 2 * kMacBytes;

uint8_t lower(uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<uint8_t>(octet + ('a' - 'A')) : octet;
}
bool is_digit(uint8_t octet) { return octet >= '0' && octet <= '9'; }
bool is_hex_digit(uint8_t octet) { return is_digit(octet) || (lower(octet) >= 'a' && lower(octet) <= 'f'); }

size_t copy(Bytes shown, MutableBytes room) {
  std::ranges::copy(shown, room.begin());
  return shown.size();
}

size_t user_form(Bytes shown, const IdentityForm& form, MutableBytes room) {
  const size_t last_at = as_text(shown).rfind('@');
  const size_t user_bytes = last_at == std::string_view::npos ? shown.size() : last_at;
  const size_t kept = form.strip_realm && user_bytes > 0 ? user_bytes : shown.size();
  for (size_t i = 0; i < kept; ++i) room[i] = i > user_bytes || form.fold_user_case ? lower(shown[i]) : shown[i];
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
      room[digits++] = lower(octet);
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
    if (is_digit(octet)) {
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
  if (shown.size() < kDigitsMin || shown.size() > kDigitsMax || !std::ranges::all_of(shown, is_digit)) return 0;
  return copy(shown, room);
}

}  // namespace

size_t normal_form(IdentityKind kind, Bytes shown, const IdentityForm& form, MutableBytes room) {
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
    case IdentityKind::kDhcpClientId:
    case IdentityKind::kDuid:
    case IdentityKind::kNasPort:
    case IdentityKind::kCount:
      break;
  }
  return copy(shown, room);
}

}  // namespace lictor
