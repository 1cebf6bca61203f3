#include "dataplane/agent/port_watch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace lictor {
namespace {

std::string utc_text(LegalTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                     fmt::gmtime(static_cast<std::time_t>(time.unix_ns / kNanosecondsPerSecond)));
}

// Alarms know XIDs and destinations; a port's stands for itself in the destination's place.
std::string place_of(const v1::PortStatistics& port) { return "port/" + port.name(); }

}  // namespace

void PortWatch::look(const v1::Statistics& statistics, LegalTime now) {
  if (seen_.empty()) seen_.assign(static_cast<size_t>(statistics.ports_size()), {.since = now});
  for (int i = 0; i < statistics.ports_size(); ++i) {
    tell_losses(statistics.ports(i), seen_[static_cast<size_t>(i)], now);
    tell_link(statistics.ports(i), seen_[static_cast<size_t>(i)], now);
  }
}

void PortWatch::tell_losses(const v1::PortStatistics& port, Seen& seen, LegalTime now) {
  const uint64_t lost = port.imissed() + port.ierrors() + port.nombuf();
  if (lost <= seen.lost) {
    seen.since = now;
    return;
  }
  if (now.unix_ns - seen.since.unix_ns < kTellEveryNs) return;
  const uint64_t count = lost - seen.lost;
  const std::string span = fmt::format("from {} to {}", utc_text(seen.since), utc_text(now));
  seen.lost = lost;
  seen.since = now;
  alarms_.raise({.code = "port_missed",
                 .severity = AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = place_of(port),
                 .text = fmt::format("port {}: {} packets were lost before they could be looked at, {}", port.name(),
                                     count, span),
                 .raised = now,
                 .cleared = false,
                 .count = count});
  // The agency hears how many and when; which port it was is the operator's business.
  registry_.tell_all(
      fmt::format("{} packets of all users together were lost before they could be looked at, {}", count, span));
}

void PortWatch::tell_link(const v1::PortStatistics& port, Seen& seen, LegalTime now) {
  if (port.link_up() == seen.link_up) return;
  seen.link_up = port.link_up();
  alarms_.raise({.code = "link_down",
                 .severity = AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = place_of(port),
                 .text = fmt::format("port {}: the link is {}", port.name(), port.link_up() ? "up" : "down"),
                 .raised = now,
                 .cleared = port.link_up(),
                 .count = 0});
}

}  // namespace lictor
