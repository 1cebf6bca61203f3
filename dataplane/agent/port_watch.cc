#include "dataplane/agent/port_watch.h"

#include <fmt/format.h>

namespace lictor {
namespace {

std::string place_of(const PortReading& port) { return "port/" + port.name; }

std::vector<GrowthAlarmPlan> counters_of(const PortReading& port) {
  const auto plan = [&](const char* code, AlarmSeverity severity, const char* what) {
    return GrowthAlarmPlan{.code = code,
                           .severity = severity,
                           .place = place_of(port),
                           .text = fmt::format("port {}: {}", port.name, what)};
  };
  std::vector<GrowthAlarmPlan> plans = {
      plan("port_missed", AlarmSeverity::kCritical, "packets were lost before they could be looked at"),
      plan("port_stamps_refused", AlarmSeverity::kWarning, "stamps of the card cannot be right"),
      plan("port_frames_damaged", AlarmSeverity::kWarning, "frames came in damaged"),
      plan("port_frames_short", AlarmSeverity::kWarning, "frames came in cut off"),
      plan("port_frames_long", AlarmSeverity::kWarning, "frames were longer than the device takes")};
  plans[0].tell_every_ns = PortWatch::kTellLossEveryNs;
  return plans;
}

}  // namespace

void PortWatch::look(std::span<const PortReading> ports, const DamageReading& damage, LegalTime now) {
  if (seen_.empty()) start(ports, now);
  for (size_t i = 0; i < ports.size(); ++i) {
    look_at_counters(ports[i], seen_[i], now);
    look_at_link(ports[i], seen_[i], now);
  }
  if (plan_.silent_leg_s > 0) look_at_legs(ports, now);
  damage_[0].look(damage.truncated, now, alarms_);
  damage_[1].look(damage.too_long, now, alarms_);
  damage_[2].look(damage.fragments, now, alarms_);
}

void PortWatch::start(std::span<const PortReading> ports, LegalTime now) {
  const int64_t quiet_ns = plan_.quiet_s * kNanosecondsPerSecond;
  for (const PortReading& port : ports) {
    Seen& seen = seen_.emplace_back();
    for (GrowthAlarmPlan& plan : counters_of(port)) seen.counters.emplace_back(std::move(plan), quiet_ns, now);
  }
  damage_.emplace_back(
      GrowthAlarmPlan{.code = "frames_truncated", .place = "ports", .text = "frames were cut off before they came"},
      quiet_ns, now);
  damage_.emplace_back(
      GrowthAlarmPlan{
          .code = "frames_too_long", .place = "ports", .text = "frames are longer than buffers.frame_bytes_max"},
      quiet_ns, now);
  damage_.emplace_back(
      GrowthAlarmPlan{
          .code = "fragments_given_up",
          .place = "ports",
          .text = "fragments may be missing in flows: fragments.parked_bytes_max or datagrams_max is too low"},
      quiet_ns, now);
}

void PortWatch::look_at_counters(const PortReading& port, Seen& seen, LegalTime now) {
  const Told lost = seen.counters[0].look(port.lost, now, alarms_);
  if (lost.count > 0) {
    // The agency hears how many and when; which port it was is the operator's business.
    plan_.tell_agencies(fmt::format("{} packets of all users together were lost before they could be looked at, {}",
                                    lost.count, lost.span));
  }
  seen.counters[1].look(port.stamps_refused, now, alarms_);
  for (size_t i = 0; i < port.errors.size(); ++i) seen.counters[2 + i].look(port.errors[i], now, alarms_);
}

void PortWatch::look_at_link(const PortReading& port, Seen& seen, LegalTime now) {
  if (port.link_up == seen.link_up) return;
  seen.link_up = port.link_up;
  tell("link_down", port, fmt::format("the link is {}", port.link_up ? "up" : "down"), port.link_up, now);
}

void PortWatch::look_at_legs(std::span<const PortReading> ports, LegalTime now) {
  std::vector<bool> heard;
  for (size_t i = 0; i < ports.size(); ++i) heard.push_back(ports[i].offered != seen_[i].offered);
  for (size_t i = 0; i < ports.size(); ++i) {
    bool others_heard = false;
    for (size_t other = 0; other < ports.size(); ++other) {
      const bool is_sibling = other != i && !ports[i].tap_group.empty() && ports[other].tap_group == ports[i].tap_group;
      others_heard = others_heard || (is_sibling && heard[other]);
    }
    look_at_leg(ports[i], seen_[i], others_heard, now);
  }
}

void PortWatch::look_at_leg(const PortReading& port, Seen& seen, bool others_heard, LegalTime now) {
  const bool heard = port.offered != seen.offered;
  seen.offered = port.offered;
  if (heard) {
    seen.others_heard = false;
    if (std::exchange(seen.silent, false)) tell("leg_silent", port, "receives again", true, now);
    return;
  }
  // A link that is down has its own alarm.
  if (!others_heard || !port.link_up) return;
  if (!std::exchange(seen.others_heard, true)) seen.others_since = now;
  if (seen.silent || now.unix_ns - seen.others_since.unix_ns < plan_.silent_leg_s * kNanosecondsPerSecond) return;
  seen.silent = true;
  tell("leg_silent", port, fmt::format("receives nothing, while others of tap group {} do", port.tap_group), false,
       now);
}

void PortWatch::tell(const char* code, const PortReading& port, std::string text, bool over, LegalTime now) {
  alarms_.raise({.code = code,
                 .severity = AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = place_of(port),
                 .text = fmt::format("port {}: {}", port.name, text),
                 .raised = now,
                 .cleared = over,
                 .count = 0});
}

}  // namespace lictor
