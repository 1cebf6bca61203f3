#include "dataplane/base/local_time.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <limits>

namespace lictor {
namespace {

constexpr size_t kZoneNameMax = 64;

}  // namespace

bool is_zone_name(std::string_view name) {
  return !name.empty() && name.size() <= kZoneNameMax && name.front() != '/' && name != "localtime" &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
                  c == '-' || c == '/';
         });
}

Result<LocalTime> LocalTime::at_offset(int minutes) {
  if (minutes < kOffsetMinutesMin || minutes > kOffsetMinutesMax)
    return absl::InvalidArgumentError("must be -720 to 840 minutes");
  return LocalTime(minutes, absl::UTCTimeZone());
}

Result<LocalTime> LocalTime::in_zone(const std::string& name) {
  absl::TimeZone zone;
  if (!is_zone_name(name) || !absl::LoadTimeZone(name, &zone))
    return absl::InvalidArgumentError("unknown time zone; zones are written as Europe/Vienna");
  LocalTime local(0, zone);
  local.offset_minutes_.reset();
  return local;
}

LocalTime::Span LocalTime::span_at(int64_t unix_s) const noexcept {
  Span span{.from = std::numeric_limits<int64_t>::min(),
            .until = std::numeric_limits<int64_t>::max(),
            .offset_minutes = offset_minutes_.value_or(0)};
  if (offset_minutes_) return span;
  const absl::Time time = absl::FromUnixSeconds(unix_s);
  const absl::TimeZone::CivilInfo here = zone_.At(time);
  span.offset_minutes = here.offset / 60;
  absl::TimeZone::CivilTransition transition;
  // Between two transitions civil seconds pass as all others do. The one before lies strictly before what is asked for.
  if (zone_.NextTransition(time, &transition)) span.until = unix_s + (transition.from - here.cs);
  if (zone_.PrevTransition(time + absl::Seconds(1), &transition)) span.from = unix_s - (here.cs - transition.to);
  return span;
}

}  // namespace lictor
