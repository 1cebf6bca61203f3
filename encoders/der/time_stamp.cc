#include "encoders/der/time_stamp.h"

#include <chrono>
#include <cstddef>

namespace lictor::der {
namespace {

constexpr size_t kWholeSeconds = 14;  // YYYYMMDDhhmmss
constexpr size_t kFractionDigitsMax = 12;
constexpr int64_t kMicrosecondsPerSecond = 1'000'000;

// Takes `digits` digits off the front; nothing where there are not as many.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char digit : text.substr(0, digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  text.remove_prefix(digits);
  return value;
}

// Seconds since the epoch of "YYYYMMDDhhmmss".
std::optional<int64_t> take_seconds(std::string_view& text) {
  if (text.size() < kWholeSeconds) return std::nullopt;
  const std::optional<int> year = take_number(text, 4);
  const std::optional<int> month = take_number(text, 2);
  const std::optional<int> day = take_number(text, 2);
  const std::optional<int> hour = take_number(text, 2);
  const std::optional<int> minute = take_number(text, 2);
  const std::optional<int> second = take_number(text, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(days).count() + int64_t{*hour} * 3600 +
         int64_t{*minute} * 60 + *second;
}

struct Fraction {
  int64_t microseconds = 0;
  bool distinguished = true;
};

std::optional<Fraction> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return Fraction{};
  text.remove_prefix(1);
  Fraction fraction;
  int64_t weight = kMicrosecondsPerSecond / 10;
  size_t digits = 0;
  char last = '0';
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (++digits > kFractionDigitsMax) return std::nullopt;
    last = text.front();
    fraction.microseconds += (last - '0') * weight;
    weight /= 10;
  }
  if (digits == 0) return std::nullopt;
  fraction.distinguished = last != '0';
  return fraction;
}

// Seconds east of Greenwich.
std::optional<int64_t> take_zone(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const char sign = text.front();
  text.remove_prefix(1);
  if (sign == 'Z') return 0;
  if (sign != '+' && sign != '-') return std::nullopt;
  const std::optional<int> hours = take_number(text, 2);
  const std::optional<int> minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (sign == '-' ? -1 : 1) * (int64_t{*hours} * 3600 + int64_t{*minutes} * 60);
}

}  // namespace

std::optional<ParsedTime> parse_generalized_time(std::string_view text) {
  const bool zulu = text.ends_with('Z');
  const std::optional<int64_t> seconds = take_seconds(text);
  if (!seconds) return std::nullopt;
  const std::optional<Fraction> fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const std::optional<int64_t> zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return ParsedTime{(*seconds - *zone) * kMicrosecondsPerSecond + fraction->microseconds, fraction->distinguished,
                    !zulu};
}

}  // namespace lictor::der
