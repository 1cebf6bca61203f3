#include "dataplane/agent/outage_book.h"

#include <fmt/format.h>

#include "dataplane/base/utc_text.h"

namespace lictor {

std::optional<std::string> OutageBook::note(const AlarmEvent& alarm) {
  if (alarm.code != "destination_down") return std::nullopt;
  // "HI3: connected": a destination has an alarm for each of its sides.
  const std::string side = alarm.text.substr(0, alarm.text.find(':'));
  const std::tuple key{alarm.destination_id, alarm.xid, side};
  if (!alarm.cleared) {
    since_.emplace(key, alarm.raised);
    return std::nullopt;
  }
  const auto found = since_.find(key);
  if (found == since_.end()) return std::nullopt;
  const LegalTime since = found->second;
  since_.erase(found);
  if (alarm.raised.unix_ns - since.unix_ns < told_ns_) return std::nullopt;
  return fmt::format(
      "{}: nothing was delivered between {} and {}; what was copied meanwhile follows as far as it is kept", side,
      utc_text(since), utc_text(alarm.raised));
}

}  // namespace lictor
