// Character classes, strict UTF-8 and the shapes of names. Pure functions.
#include "control/registry/text_rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace lictor::control {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Octets of the UTF-8 sequence that starts with this one; 0: none does.
size_t sequence_length(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

// The character at the front of `text`, which holds its `length` octets; nothing for an overlong form or a surrogate.
std::optional<uint32_t> decode(std::string_view text, size_t length) {
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<uint8_t>(text[0]);
  uint32_t value = length == 1 ? first : first & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (next & 0x3fu);
  }
  if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return std::nullopt;
  return value;
}

bool is_control(uint32_t character) {
  // 0x202a..0x202e, 0x2066..0x2069: they turn the direction of what follows on a reader's screen.
  return character < 0x20 || (character >= 0x7f && character < 0xa0) || (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

bool is_blank_at_an_end(std::string_view text) { return !text.empty() && (text.front() == ' ' || text.back() == ' '); }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

}  // namespace

std::optional<size_t> characters_of(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) {
    const size_t length = sequence_length(static_cast<uint8_t>(text[0]));
    if (length == 0 || length > text.size()) return std::nullopt;
    const std::optional<uint32_t> character = decode(text, length);
    if (!character || is_control(*character)) return std::nullopt;
    text.remove_prefix(length);
    ++count;
  }
  return count;
}

bool is_text(std::string_view text, size_t min, size_t max) {
  const std::optional<size_t> count = characters_of(text);
  return count && *count >= min && *count <= max && !is_blank_at_an_end(text);
}

bool is_printable(std::string_view text, size_t min, size_t max) {
  return text.size() >= min && text.size() <= max && !is_blank_at_an_end(text) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_country(std::string_view text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_agency_id(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
  });
}

bool is_name(std::string_view text, size_t max) {
  return !text.empty() && text.size() <= max && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !(is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f'))) return false;
  }
  return true;
}

bool is_host(std::string_view text) {
  const std::string host(text);
  if (host.empty() || host.size() > 253 || host.find('\0') != std::string::npos) return false;
  uint8_t address[16];
  if (inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1) return true;
  // What consists of digits and dots only was meant as an address, and is none.
  if (host.find_first_not_of("0123456789.") == std::string::npos) return false;
  for (size_t at = 0; at <= host.size();) {
    const size_t dot = std::min(host.find('.', at), host.size());
    if (!is_label(std::string_view(host).substr(at, dot - at))) return false;
    at = dot + 1;
  }
  return true;
}

}  // namespace lictor::control
