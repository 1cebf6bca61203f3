// The clocks of the dataplanes: what is alarmed, and what is not begun by them.
#include <fmt/format.h>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/scope.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

// A clock that differs by so many times what is tolerated is critical.
constexpr uint64_t kClockDifferencesCritical = 10;

uint64_t size_of(int64_t difference) {
  return difference < 0 ? 0 - static_cast<uint64_t>(difference) : static_cast<uint64_t>(difference);
}

}  // namespace

void Administration::report_clock(const std::string& id, const v1::ClockStatistics& clock, bool said_anew) {
  if (clock.unix_ns() == 0) return;  // it does not say
  const LegalTime now = options_.legal_clock();
  clocks_.note(id, clock, now);
  const int64_t offset = *clocks_.offset_ns(id);
  const uint64_t difference = size_of(offset);
  const auto tolerated = static_cast<uint64_t>(options_.time.offset_ns_max);
  v1::Alarm alarm;
  alarm.set_code("clock_differs");
  alarm.set_network_element_id(id);
  const bool stands = alarms_->stands(alarm);
  if (difference > tolerated) {
    if (stands && !said_anew) return;
    alarm.set_severity(difference / kClockDifferencesCritical > tolerated ? v1::ALARM_SEVERITY_CRITICAL
                                                                          : v1::ALARM_SEVERITY_WARNING);
    alarm.set_raised_unix_ns(now.unix_ns);
    alarm.set_text(
        fmt::format("the dataplane's clock is {} ms {}", difference / 1'000'000, offset > 0 ? "ahead" : "behind"));
  } else if (!stands) {
    return;
  } else {
    alarm.set_cleared_unix_ns(now.unix_ns);
  }
  alarms_->report(std::move(alarm));
}

Status Administration::check_time(const v1::Warrant& warrant) const {
  if (!options_.time.required) return absl::OkStatus();
  if (!options_.time.is_disciplined())
    return refused(absl::StatusCode::kFailedPrecondition, "warrant.start",
                   "time cannot be trusted: the daemon's clock is not synchronised");
  for (const auto& [id, stream] : stream_of_) {
    if (!is_seen_at(warrant, id)) continue;
    if (clocks_.is_untrusted(id))
      return refused(absl::StatusCode::kFailedPrecondition, "warrant.start",
                     fmt::format("time cannot be trusted: dataplane {} says so of its clock", id));
    const std::optional<int64_t> offset = clocks_.offset_ns(id);
    if (offset && size_of(*offset) > static_cast<uint64_t>(options_.time.offset_ns_max))
      return refused(absl::StatusCode::kFailedPrecondition, "warrant.start",
                     fmt::format("time cannot be trusted: the clock of dataplane {} differs", id));
  }
  return absl::OkStatus();
}

}  // namespace lictor::control
