#include "dataplane/agent/backlog_watch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace lictor {
namespace {

// Whether a value has reached a limit; of one that stands, whether it is still above the half. No limit: never.
bool reaches(uint64_t value, uint64_t limit, bool stands) {
  return limit != 0 && (stands ? value > limit / 2 : value >= limit);
}

bool reaches(const v1::DestinationStatistics& one, const BacklogLimits& limits, bool stands) {
  return reaches(one.backlog_records(), limits.records, stands) || reaches(one.backlog_bytes(), limits.bytes, stands) ||
         reaches(one.waiting_ms(), uint64_t{limits.age_s} * 1000, stands);
}

std::string time_text(LegalTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<time_t>(time.unix_ns / kNanosecondsPerSecond)));
}

std::string_view side_of(v1::HandoverInterface interface) {
  return interface == v1::HANDOVER_INTERFACE_HI2 ? "HI2" : "HI3";
}

AlarmEvent alarm(const std::string& destination_id, std::string text, bool cleared, LegalTime now, uint64_t count) {
  return {.code = "backlog",
          .severity = cleared ? AlarmSeverity::kInformation : AlarmSeverity::kWarning,
          .xid = {},
          .destination_id = destination_id,
          .text = std::move(text),
          .raised = now,
          .cleared = cleared,
          .count = count};
}

}  // namespace

std::vector<BacklogWatch::Told> BacklogWatch::look(const v1::Statistics& statistics, const LimitsOf& limits_of,
                                                   LegalTime now, AlarmQueue& alarms) {
  std::vector<Told> told;
  std::map<Key, LegalTime> gone = stands_;
  for (const v1::DestinationStatistics& one : statistics.destinations()) {
    const Key key{one.id(), one.interface()};
    gone.erase(key);
    const auto known = stands_.find(key);
    const bool stood = known != stands_.end();
    const bool stands = reaches(one, limits_of(one.id()), stood);
    if (stands == stood) continue;
    std::string text;
    if (stands) {
      stands_.emplace(key, now);
      text =
          fmt::format("{}: {} records, {} octets wait for delivery, nothing of them confirmed for {} s; they come late",
                      side_of(one.interface()), one.backlog_records(), one.backlog_bytes(), one.waiting_ms() / 1000);
    } else {
      text = fmt::format("{}: what waited since {} is delivered, but for {} records", side_of(one.interface()),
                         time_text(known->second), one.backlog_records());
      stands_.erase(known);
    }
    alarms.raise(alarm(one.id(), text, !stands, now, one.backlog_records()));
    told.push_back({.destination_id = one.id(), .text = std::move(text)});
  }
  for (const auto& [key, since] : gone) {
    alarms.raise(alarm(key.first, fmt::format("{}: not used any more", side_of(key.second)), true, now, 0));
    stands_.erase(key);
  }
  return told;
}

}  // namespace lictor
