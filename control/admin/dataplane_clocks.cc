// The clocks of the dataplanes: what is alarmed, and what is not begun by them.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

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

void Administration::report_first_clock(const v1::Hello& hello) {
  clocks_.forget(hello.network_element_id());
  v1::ClockStatistics clock;
  clock.set_unix_ns(hello.clock_unix_ns());
  report_clock(hello.network_element_id(), clock, true);
}

std::string Administration::doubt_of_time(const std::string& network_element_id) const {
  if (!options_.time.required) return {};
  if (!options_.time.is_disciplined()) return "the daemon's clock is not synchronised";
  if (clocks_.is_untrusted(network_element_id))
    return fmt::format("dataplane {} says so of its clock", network_element_id);
  const std::optional<int64_t> offset = clocks_.offset_ns(network_element_id);
  if (!offset) return fmt::format("dataplane {} does not vouch for its clock", network_element_id);
  if (size_of(*offset) > static_cast<uint64_t>(options_.time.offset_ns_max))
    return fmt::format("the clock of dataplane {} differs", network_element_id);
  return {};
}

Status Administration::check_time(const v1::Warrant& warrant) const {
  const auto cannot = [](std::string_view why) {
    return refused(absl::StatusCode::kFailedPrecondition, "warrant.start",
                   fmt::format("time cannot be trusted: {}", why));
  };
  if (options_.time.required && !options_.time.is_disciplined())
    return cannot("the daemon's clock is not synchronised");
  for (const auto& [id, stream] : stream_of_)
    if (const std::string why = doubt_of_time(id); !why.empty() && is_seen_at(warrant, id)) return cannot(why);
  return absl::OkStatus();
}

void Administration::report_waiting(const std::string& id, const std::string& why) {
  v1::Alarm alarm;
  alarm.set_code("dataplane_waits");
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  alarm.set_network_element_id(id);
  report_standing(std::move(alarm),
                  why.empty() ? "" : fmt::format("nothing new is begun there, time cannot be trusted: {}", why));
}

void Administration::tell_withheld(Act& act, LegalTime now) {
  for (const auto& [id, stream] : stream_of_) {
    NetworkElement& element = *book_->element(id);
    if (element.new_tasks == NewTasks::kTold || !doubt_of_time(id).empty()) continue;
    const Status status = tell_withheld_to(act, element, now);
    if (!status.ok()) element.new_tasks = NewTasks::kWithheld;  // it is tried again with the next tick
    report_waiting(id, std::string(status.message()));
  }
}

// What it may have left of a task that it held as a former process is delivered under that XID: the task goes on under
// another one.
Status Administration::tell_withheld_to(Act& act, NetworkElement& element, LegalTime now) {
  const std::string id = element.stored.network_element_id();
  element.new_tasks = NewTasks::kTold;
  act.deed() = {.action = "dataplane.tell", .object = id};
  if (Status status = renew_xids_at(act, id, element.stored.lab(), element.sent_generation); !status.ok())
    return status;
  FleetPlan plan = book_->begin();
  if (Status status = book_->plan_withheld(plan, id, *registry_, now); !status.ok()) return status;
  const Result<uint64_t> revision = commit(act, {}, plan);
  if (revision.ok()) spdlog::info("dataplane {} is told what was withheld", id);
  return revision.status();
}

}  // namespace lictor::control
