#include "dataplane/agent/growth_alarm.h"

#include <fmt/format.h>

#include "dataplane/base/utc_text.h"

namespace lictor {

AlarmEvent GrowthAlarm::event(uint64_t count, const std::string& text, LegalTime now) const {
  return {.code = plan_.code,
          .severity = plan_.severity,
          .xid = {},
          .destination_id = plan_.place,
          .text = text,
          .raised = now,
          .cleared = false,
          .count = count};
}

Told GrowthAlarm::look(uint64_t total, LegalTime now, AlarmQueue& alarms) {
  if (total > seen_) grew_ = now;
  seen_ = total;
  const uint64_t untold = seen_ - told_;
  if (untold == 0) {
    since_ = now;
    if (stands_ && now.unix_ns - grew_.unix_ns >= quiet_ns_) end(now, alarms);
    return {};
  }
  if (stands_ && now.unix_ns - told_at_.unix_ns < plan_.tell_every_ns) return {};
  const Told told{.count = untold, .span = fmt::format("from {} to {}", utc_text(since_), utc_text(now))};
  alarms.raise(event(untold, fmt::format("{}: {}, {}", plan_.text, untold, told.span), now));
  told_ = seen_;
  since_ = told_at_ = now;
  stands_ = true;
  return told;
}

void GrowthAlarm::end(LegalTime now, AlarmQueue& alarms) {
  AlarmEvent over = event(0, plan_.text + ": no more", now);
  over.cleared = true;
  alarms.raise(std::move(over));
  stands_ = false;
}

}  // namespace lictor
