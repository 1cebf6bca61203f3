// Tells what is wrong with ports: frames that were lost before anybody could look at them, links that are down, a leg
// that is silent while the others of its tap are not, frames that came in damaged. Control thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/agent/growth_alarm.h"
#include "dataplane/dpdk/port_errors.h"

namespace lictor {

// What is known of a port. Totals since its start.
struct PortReading {
  std::string name;
  std::string tap_group;
  bool link_up = true;
  uint64_t offered = 0;  // everything that came, whatever its fate
  uint64_t lost = 0;     // by the port or its spreader, before anybody could look at it
  uint64_t stamps_refused = 0;
  FrameErrorCounts errors{};
};

// Of all ports together: frames that the parser could not make sense of, and fragments that could not wait for their
// first, or not find it any more.
struct DamageReading {
  uint64_t truncated = 0;
  uint64_t too_long = 0;
  uint64_t fragments = 0;
};

struct PortWatchPlan {
  uint32_t silent_leg_s = 10;  // 0: silence is no alarm
  uint32_t quiet_s = 60;       // an alarm about a counter is over after that long without growth
  // Tells every active task's agency: something was lost that nobody can attribute.
  std::function<void(const std::string&)> tell_agencies;
};

class PortWatch {
 public:
  // Losses are summed and told at most once in this time.
  static constexpr int64_t kTellLossEveryNs = kNanosecondsPerSecond;

  PortWatch(AlarmQueue& alarms, PortWatchPlan plan) : alarms_(alarms), plan_(std::move(plan)) {}

  // Compares with what was seen last. The ports are the same ones each time, in the same order.
  void look(std::span<const PortReading> ports, const DamageReading& damage, LegalTime now);

 private:
  struct Seen {
    bool link_up = true;
    uint64_t offered = 0;
    LegalTime others_since;  // how long other ports of the tap group have been heard while this one was not
    bool others_heard = false;
    bool silent = false;
    std::vector<GrowthAlarm> counters;  // losses first
  };
  void start(std::span<const PortReading> ports, LegalTime now);
  void look_at_counters(const PortReading& port, Seen& seen, LegalTime now);
  void look_at_link(const PortReading& port, Seen& seen, LegalTime now);
  void look_at_legs(std::span<const PortReading> ports, LegalTime now);
  void look_at_leg(const PortReading& port, Seen& seen, bool others_heard, LegalTime now);
  void tell(const char* code, const PortReading& port, std::string text, bool over, LegalTime now);

  AlarmQueue& alarms_;
  const PortWatchPlan plan_;
  std::vector<Seen> seen_;
  std::vector<GrowthAlarm> damage_;
};

}  // namespace lictor
