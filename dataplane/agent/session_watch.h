// Tells what is wrong with how signalling is followed: sessions whose end nobody told, tables that are full, CINs that
// are missing, messages that were lost before they were read, SIP that is never heard. Standing alarms of the
// dataplane. Control thread.
#pragma once

#include <optional>
#include <vector>

#include "dataplane/agent/growth_alarm.h"

namespace lictor {

// Totals since the start, of all session lcores.
struct SessionReading {
  uint64_t unheard = 0;           // sessions of targets that ended because nothing more was heard of them
  uint64_t unheard_anybodys = 0;  // of everybody
  uint64_t full = 0;              // sessions, names and addresses that there was no room for
  uint64_t targets_over = 0;      // sessions of targets that are not followed
  uint64_t cins_missing = 0;      // events and sessions of targets that no CIN was left for
  uint64_t signals_lost = 0;      // messages that the rings had no room for
  uint64_t reports_lost = 0;      // events of targets that an encoder had no room for
  uint64_t rules_over = 0;        // addresses and ends of media that are not looked for
  uint64_t calls_full = 0;        // calls that there was no room for
  uint64_t calls_pushed_out = 0;  // of targets, that nobody had answered, and what is no call: by others of theirs
  uint64_t not_kept = 0;          // files of sessions that were not written, or had to be removed
  uint64_t sip_heard = 0;         // messages of calls, and pieces of them
  bool sip_awaited = false;       // a set has servers of SIP, and they are listened to
};

class SessionWatch {
 public:
  // Phones register more often than that, and proxies ask each other: who hears nothing for so long listens wrongly.
  static constexpr int64_t kSipSilenceS = 600;

  // An alarm is over behind `quiet_s` without growth.
  SessionWatch(AlarmQueue& alarms, uint32_t quiet_s) : alarms_(alarms), quiet_s_(quiet_s) {}

  // Compares with what was seen last.
  void look(const SessionReading& reading, LegalTime now);

 private:
  void look_at_sip(const SessionReading& reading, LegalTime now);

  AlarmQueue& alarms_;
  const uint32_t quiet_s_;
  std::vector<GrowthAlarm> watched_;
  uint64_t sip_heard_ = 0;
  std::optional<LegalTime> sip_silent_since_;  // none: not awaited
  bool sip_silent_ = false;                    // the alarm stands
};

}  // namespace lictor
