// How far an agency's local time is ahead of UTC: always the same minutes, or those of a named zone at each moment,
// with its daylight saving. Zones are those of this host's database (tzdata) as it was when the process first asked for
// them. Plain values; any thread, no allocation once made.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor {

// The name of an IANA zone, as far as its characters say: names become paths below the zone database, and nothing else
// may.
bool is_zone_name(std::string_view name);

class LocalTime {
 public:
  // All that is in use anywhere since 1970, both included.
  static constexpr int kOffsetMinutesMin = -12 * 60;
  static constexpr int kOffsetMinutesMax = 14 * 60;

  // Seconds since the epoch in [from, until) have this offset.
  struct Span {
    int64_t from = 0;
    int64_t until = 0;
    int offset_minutes = 0;
  };

  // InvalidArgument where the offset is out of its bounds.
  static Result<LocalTime> at_offset(int minutes);
  // InvalidArgument where this host has no such zone.
  static Result<LocalTime> in_zone(const std::string& name);

  // Around this second. An offset with seconds, as some zones had until 1972, is cut to its minutes.
  [[nodiscard]] Span span_at(int64_t unix_s) const noexcept;

 private:
  LocalTime(int minutes, absl::TimeZone zone) : offset_minutes_(minutes), zone_(zone) {}

  std::optional<int> offset_minutes_;  // nothing: the zone's
  absl::TimeZone zone_;
};

// One thread's view of a local time: the zone is asked once between two of its transitions, and where time jumps over
// one.
class LocalOffset {
 public:
  explicit LocalOffset(const std::optional<LocalTime>& local) : local_(local) {}

  // Nothing: it is UTC that is written.
  std::optional<int> minutes_at(int64_t unix_s) noexcept {
    if (!local_) return std::nullopt;
    if (unix_s < span_.from || unix_s >= span_.until) span_ = local_->span_at(unix_s);
    return span_.offset_minutes;
  }

 private:
  std::optional<LocalTime> local_;
  LocalTime::Span span_;
};

}  // namespace lictor
