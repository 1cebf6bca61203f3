#include "encoders/etsi/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

namespace lictor {
namespace {

struct Civil {
  std::array<unsigned, 6> parts;  // year, month, day, hour, minute, second
  unsigned milliseconds;
};

Civil civil_of(PacketTime time, int offset_minutes) {
  using namespace std::chrono;
  const int64_t ns = std::clamp<int64_t>(time.unix_ns, 0, INT64_MAX);
  const sys_seconds second{seconds(ns / kNanosecondsPerSecond) + minutes(offset_minutes)};
  const sys_days day = floor<days>(second);
  const year_month_day date(day);
  const auto of_day = static_cast<unsigned>((second - day).count());
  return {{static_cast<unsigned>(static_cast<int>(date.year())), static_cast<unsigned>(date.month()),
           static_cast<unsigned>(date.day()), of_day / 3600, of_day / 60 % 60, of_day % 60},
          static_cast<unsigned>(ns % kNanosecondsPerSecond / 1'000'000)};
}

uint8_t* write_digits(unsigned value, size_t digits, uint8_t* out) {
  for (size_t i = digits; i > 0; --i, value /= 10) out[i - 1] = static_cast<uint8_t>('0' + value % 10);
  return out + digits;
}

uint8_t* write_offset(int minutes, uint8_t* out) {
  *out = minutes < 0 ? '-' : '+';
  const auto ahead = static_cast<unsigned>(std::abs(minutes));
  return write_digits(ahead % 60, 2, write_digits(ahead / 60, 2, out + 1));
}

}  // namespace

size_t write_generalized_time(PacketTime time, std::optional<int> offset_minutes, uint8_t* out) noexcept {
  const Civil civil = civil_of(time, offset_minutes.value_or(0));
  uint8_t* at = write_digits(civil.parts[0], 4, out);
  for (size_t i = 1; i < civil.parts.size(); ++i) at = write_digits(civil.parts[i], 2, at);
  if (civil.milliseconds != 0) {
    *at++ = '.';
    at = write_digits(civil.milliseconds, 3, at);
    while (at[-1] == '0') --at;
  }
  if (offset_minutes)
    at = write_offset(*offset_minutes, at);
  else
    *at++ = 'Z';
  return static_cast<size_t>(at - out);
}

std::string utc_time_text(PacketTime time) {
  const Civil civil = civil_of(time, 0);
  std::array<uint8_t, 13> text;
  uint8_t* at = write_digits(civil.parts[0] % 100, 2, text.data());
  for (size_t i = 1; i < civil.parts.size(); ++i) at = write_digits(civil.parts[i], 2, at);
  *at = 'Z';
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

}  // namespace lictor
