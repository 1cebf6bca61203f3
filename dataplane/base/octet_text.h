// Octets that are meant as text, looked at without trusting that they are: classes of characters as RFC 3261 section
// 25.1 has them, comparison without case, numbers with a bound. Pure functions, any thread, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor {

constexpr size_t kNoOctet = SIZE_MAX;

constexpr uint8_t lower_octet(uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<uint8_t>(octet + ('a' - 'A')) : octet;
}
constexpr bool is_digit_octet(uint8_t octet) { return octet >= '0' && octet <= '9'; }
// Linear white space; a line's end in a value is that of a fold.
constexpr bool is_blank_octet(uint8_t octet) { return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n'; }

// Where `octet` stands for the first time, from `at` on; kNoOctet: nowhere.
inline size_t find_octet(Bytes text, uint8_t octet, size_t at = 0) {
  if (at >= text.size()) return kNoOctet;
  const void* const found = std::memchr(text.data() + at, octet, text.size() - at);
  return found == nullptr ? kNoOctet : static_cast<size_t>(static_cast<const uint8_t*>(found) - text.data());
}

// Without blanks at either end.
inline Bytes trimmed(Bytes text) {
  size_t begin = 0;
  size_t end = text.size();
  while (begin < end && is_blank_octet(text[begin])) ++begin;
  while (begin < end && is_blank_octet(text[end - 1])) --end;
  return text.subspan(begin, end - begin);
}

inline bool same_octets(Bytes one, Bytes other) { return as_text(one) == as_text(other); }

// `word` is in lower case.
inline bool is_word(Bytes text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if (lower_octet(text[i]) != static_cast<uint8_t>(word[i])) return false;
  return true;
}

// Digits alone, one at least, and no more than `max`.
inline std::optional<uint32_t> read_decimal(Bytes text, uint32_t max) {
  if (text.empty()) return std::nullopt;
  uint64_t number = 0;
  for (const uint8_t octet : text) {
    if (!is_digit_octet(octet)) return std::nullopt;
    number = number * 10 + (octet - '0');
    if (number > max) return std::nullopt;
  }
  return static_cast<uint32_t>(number);
}

// Takes what stands before the first `separator` off the front of `rest`, and the separator; all of it where there is
// none.
inline Bytes take_until(Bytes& rest, uint8_t separator) {
  const size_t at = find_octet(rest, separator);
  const Bytes taken = at == kNoOctet ? rest : rest.first(at);
  rest = at == kNoOctet ? Bytes() : rest.subspan(at + 1);
  return taken;
}

// The next word between blanks; empty where none is left.
inline Bytes take_word(Bytes& rest) {
  size_t begin = 0;
  while (begin < rest.size() && is_blank_octet(rest[begin])) ++begin;
  size_t end = begin;
  while (end < rest.size() && !is_blank_octet(rest[end])) ++end;
  const Bytes word = rest.subspan(begin, end - begin);
  rest = rest.subspan(end);
  return word;
}

}  // namespace lictor
