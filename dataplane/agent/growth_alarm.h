// An alarm about a counter that should stand still: raised when it grows, told how far from time to time while it goes
// on, over when it has stood still for a while. The counts of its messages add up to the growth. Control thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/alarm.h"

namespace lictor {

// What the alarm is called, and what it says before "COUNT, from … to …".
struct GrowthAlarmPlan {
  std::string code;
  AlarmSeverity severity = AlarmSeverity::kWarning;
  std::string place;  // alarms are told apart by code, XID and destination: what it is about stands for the latter
  std::string text;
  int64_t tell_every_ns = 60 * kNanosecondsPerSecond;
};

// What was told now: nothing where `count` is 0.
struct Told {
  uint64_t count = 0;
  std::string span;  // "from … to …", the time in which it grew by that
};

class GrowthAlarm {
 public:
  // `start`: everything before is told. `quiet_ns`: after that long without growth the alarm is over.
  GrowthAlarm(GrowthAlarmPlan plan, int64_t quiet_ns, LegalTime start)
      : plan_(std::move(plan)), quiet_ns_(quiet_ns), since_(start) {}

  // At a `total` that never shrinks. Answers what the alarm told by that.
  Told look(uint64_t total, LegalTime now, AlarmQueue& alarms);

 private:
  void end(LegalTime now, AlarmQueue& alarms);
  [[nodiscard]] AlarmEvent event(uint64_t count, const std::string& text, LegalTime now) const;

  const GrowthAlarmPlan plan_;
  const int64_t quiet_ns_;
  uint64_t seen_ = 0;
  uint64_t told_ = 0;
  LegalTime since_;    // what grew after that is not told yet
  LegalTime grew_;     // when it last did
  LegalTime told_at_;  // when something was last told
  bool stands_ = false;
};

}  // namespace lictor
