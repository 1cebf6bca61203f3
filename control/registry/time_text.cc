// A strict scanner for both forms of a time; dates and zones are absl's. Pure functions.
#include "control/registry/time_text.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include <optional>

#include "dataplane/base/local_time.h"

namespace lictor::control {
namespace {

struct WrittenTime {
  absl::CivilSecond second;
  int64_t nanoseconds = 0;
};

// Takes characters from the front of a text. Stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return fail();
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  void expect(char c) {
    if (!skip(c)) fail();
  }
  bool skip(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Decimals of a second behind its point, as nanoseconds.
  int64_t decimals() {
    int64_t value = 0;
    size_t count = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++count, rest_.remove_prefix(1))
      if (count < 9) value = value * 10 + (rest_[0] - '0');
    if (count == 0 || count > 9) fail();
    for (; count < 9; ++count) value *= 10;
    return value;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<WrittenTime> scan_local(Scanner& in) {
  const int year = in.digits(4);
  in.expect('-');
  const int month = in.digits(2);
  in.expect('-');
  const int day = in.digits(2);
  in.expect('T');
  const int hour = in.digits(2);
  in.expect(':');
  const int minute = in.digits(2);
  in.expect(':');
  const int second = in.digits(2);
  const int64_t nanoseconds = in.skip('.') ? in.decimals() : 0;
  if (!in.ok() || year < 2000 || year > 2199) return std::nullopt;
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // CivilSecond carries 31 April over to 1 May; what comes back changed was no date.
  if (civil.month() != month || civil.day() != day || civil.hour() != hour || civil.minute() != minute ||
      civil.second() != second)
    return std::nullopt;
  return WrittenTime{civil, nanoseconds};
}

LegalTime legal(absl::Time time, int64_t nanoseconds) { return {absl::ToUnixNanos(time) + nanoseconds}; }

Result<LegalTime> with_offset(const WrittenTime& local, Scanner in) {
  const absl::Time as_utc = absl::FromCivil(local.second, absl::UTCTimeZone());
  if (in.skip('Z')) {
    if (in.rest().empty()) return legal(as_utc, local.nanoseconds);
    return absl::InvalidArgumentError("something follows the Z");
  }
  const bool west = in.skip('-');
  if (!west) in.expect('+');
  const int hours = in.digits(2);
  in.expect(':');
  const int minutes = in.digits(2);
  if (!in.ok() || !in.rest().empty() || hours > 23 || minutes > 59)
    return absl::InvalidArgumentError("needs an offset (Z, +01:00) or a blank and a zone (Europe/Vienna)");
  if (west && hours == 0 && minutes == 0)
    return absl::InvalidArgumentError("the offset -00:00 means that the offset is unknown");
  const absl::Duration offset = absl::Hours(hours) + absl::Minutes(minutes);
  return legal(west ? as_utc + offset : as_utc - offset, local.nanoseconds);
}

Result<LegalTime> in_zone(const WrittenTime& local, std::string_view name) {
  absl::TimeZone zone;
  if (!is_zone_name(name) || !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone))
    return absl::InvalidArgumentError("unknown time zone; zones are written as Europe/Vienna");
  const absl::TimeZone::TimeInfo info = zone.At(local.second);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::UNIQUE:
      return legal(info.pre, local.nanoseconds);
    case absl::TimeZone::TimeInfo::SKIPPED:
      return absl::InvalidArgumentError(
          "this local time does not exist in its zone (clocks go forward); write an offset");
    case absl::TimeZone::TimeInfo::REPEATED:
      break;
  }
  return absl::InvalidArgumentError("this local time occurs twice in its zone (clocks go back); write an offset");
}

}  // namespace

Result<LegalTime> parse_time(std::string_view text) {
  Scanner in(text);
  const std::optional<WrittenTime> local = scan_local(in);
  if (!local)
    return absl::InvalidArgumentError(
        "no time: write 2026-11-21T08:00:00+01:00 or 2026-11-21T08:00:00 Europe/Vienna, in the years 2000 to 2199");
  if (in.skip(' ')) return in_zone(*local, in.rest());
  return with_offset(*local, in);
}

std::string format_time(LegalTime time) {
  const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixNanos(time.unix_ns), absl::UTCTimeZone());
  int64_t decimals = time.unix_ns % kNanosecondsPerSecond;
  if (decimals < 0) decimals += kNanosecondsPerSecond;
  std::string fraction;
  if (decimals != 0) {
    fraction = fmt::format(".{:09}", decimals);
    fraction.erase(fraction.find_last_not_of('0') + 1);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", civil.year(), civil.month(), civil.day(), civil.hour(),
                     civil.minute(), civil.second(), fraction);
}

}  // namespace lictor::control
