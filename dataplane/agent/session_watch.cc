#include "dataplane/agent/session_watch.h"

#include <array>

namespace lictor {
namespace {

struct Watched {
  uint64_t SessionReading::*count;
  AlarmSeverity severity;
  const char* code;
  const char* text;
};

// Nothing here says whose: the sums are of all tasks, or of everybody.
constexpr std::array kWatched = {
    Watched{&SessionReading::unheard, AlarmSeverity::kWarning, "target_sessions_unheard",
            "sessions of targets ended without a word of it: nothing more was heard of them for too long"},
    Watched{&SessionReading::unheard_anybodys, AlarmSeverity::kWarning, "sessions_unheard",
            "sessions ended without a word of it: signalling may be missing"},
    Watched{&SessionReading::full, AlarmSeverity::kCritical, "sessions_full",
            "sessions, names or addresses found no room: signalling.sessions_max or cells_bytes is too low"},
    Watched{&SessionReading::targets_over, AlarmSeverity::kCritical, "target_sessions_full",
            "sessions of targets are not followed: signalling.target_sessions_max is too low"},
    Watched{&SessionReading::cins_missing, AlarmSeverity::kCritical, "cins_missing",
            "events or sessions of targets had no CIN, and are not delivered"},
    Watched{&SessionReading::signals_lost, AlarmSeverity::kCritical, "signalling_lost",
            "messages of signalling were lost before they were read: signalling.ring_bytes is too low"},
    Watched{&SessionReading::reports_lost, AlarmSeverity::kCritical, "session_events_lost",
            "events of targets' sessions are not delivered: signalling.report_ring_bytes is too low"},
    Watched{&SessionReading::rules_over, AlarmSeverity::kCritical, "session_rules_full",
            "addresses of targets' sessions and calls are not looked for: there are too many at a time"},
    Watched{&SessionReading::calls_full, AlarmSeverity::kCritical, "calls_full",
            "calls, of targets perhaps, are not followed: signalling.calls_max is too low"},
    Watched{&SessionReading::calls_pushed_out, AlarmSeverity::kWarning, "calls_pushed_out",
            "calls and messages to targets made room for others that came in great number: it may be a flood"},
    Watched{
        &SessionReading::not_kept, AlarmSeverity::kWarning, "sessions_not_kept",
        "sessions would not outlive the process: signalling.snapshot.file could not be written, or not fast enough"},
};

}  // namespace

void SessionWatch::look(const SessionReading& reading, LegalTime now) {
  if (watched_.empty()) {
    for (const Watched& one : kWatched) {
      GrowthAlarmPlan plan{.code = one.code, .severity = one.severity, .place = "sessions", .text = one.text};
      watched_.emplace_back(std::move(plan), quiet_s_ * kNanosecondsPerSecond, now);
    }
  }
  for (size_t i = 0; i < kWatched.size(); ++i) watched_[i].look(reading.*kWatched[i].count, now, alarms_);
  look_at_sip(reading, now);
}

void SessionWatch::look_at_sip(const SessionReading& reading, LegalTime now) {
  if (!reading.sip_awaited) sip_silent_since_.reset();
  if (reading.sip_awaited && (!sip_silent_since_ || reading.sip_heard != sip_heard_)) sip_silent_since_ = now;
  sip_heard_ = reading.sip_heard;
  const bool is_silent =
      sip_silent_since_ && now.unix_ns - sip_silent_since_->unix_ns >= kSipSilenceS * kNanosecondsPerSecond;
  if (is_silent == sip_silent_) return;
  sip_silent_ = is_silent;
  alarms_.raise({.code = "sip_silent",
                 .severity = AlarmSeverity::kWarning,
                 .xid = {},
                 .destination_id = "sessions",
                 .text = is_silent ? "no message of SIP was heard for ten minutes: are servers, ports and heard_at of "
                                     "signalling.sets right?"
                                   : "messages of SIP are heard, or nobody listens for them any more",
                 .raised = now,
                 .cleared = !is_silent,
                 .count = 0});
}

}  // namespace lictor
