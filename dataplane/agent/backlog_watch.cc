#include "dataplane/agent/backlog_watch.h"

#include <fmt/format.h>

#include <set>

#include "dataplane/base/utc_text.h"

namespace lictor {
namespace {

// Whether a value has reached a limit; of one that stands, whether it is still above the half. No limit: never.
bool reaches(uint64_t value, uint64_t limit, bool stands) {
  return limit != 0 && (stands ? value > limit / 2 : value >= limit);
}

bool reaches(const DestinationStatistics& one, const BacklogLimits& limits, bool stands) {
  return reaches(one.backlog_records, limits.records, stands) || reaches(one.backlog_bytes, limits.bytes, stands) ||
         reaches(one.waiting_ms, uint64_t{limits.age_s} * 1000, stands);
}

std::string_view side_of(HandoverSide side) { return side == HandoverSide::kHi2 ? "HI2" : "HI3"; }

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

std::optional<std::string> BacklogWatch::follow(const DestinationStatistics& one, const BacklogRule& rule, State& state,
                                                LegalTime now, SocketTime socket) {
  if (reaches(one, rule.limits, state.stands) == state.stands) {
    state.turns.reset();
    return std::nullopt;
  }
  if (!state.turns) {
    state.turns = socket;
    state.turned = now;
  }
  if (socket.ns - state.turns->ns < rule.settle_ns) return std::nullopt;
  state.turns.reset();
  state.stands = !state.stands;
  if (state.stands) {
    state.since = state.turned;
    return fmt::format(
        "{}: {} records, {} octets wait for delivery, nothing of them confirmed for {} s; they come late",
        side_of(one.side), one.backlog_records, one.backlog_bytes, one.waiting_ms / 1000);
  }
  return fmt::format("{}: what waited since {} is delivered, but for {} records", side_of(one.side),
                     utc_text(state.since), one.backlog_records);
}

// Where it is not watched any more nobody knows what becomes of it: the operator hears that, the agency nothing.
std::vector<BacklogWatch::Told> BacklogWatch::look(const std::vector<DestinationStatistics>& destinations,
                                                   const RuleOf& rule_of, LegalTime now, SocketTime socket,
                                                   AlarmQueue& alarms) {
  std::vector<Told> told;
  std::set<Key> watched;
  for (const DestinationStatistics& one : destinations) {
    const BacklogRule rule = rule_of(one.id);
    if (rule.limits == BacklogLimits{}) continue;
    watched.emplace(one.id, one.side);
    State& state = states_[{one.id, one.side}];
    std::optional<std::string> text = follow(one, rule, state, now, socket);
    if (!text) continue;
    alarms.raise(alarm(one.id, *text, !state.stands, now, state.stands ? one.backlog_records : 0));
    told.push_back({.destination_id = one.id, .text = *std::move(text)});
  }
  std::erase_if(states_, [&](const auto& known) {
    const auto& [key, state] = known;
    if (watched.contains(key)) return false;
    if (state.stands)
      alarms.raise(alarm(key.first, fmt::format("{}: is not watched any more", side_of(key.second)), true, now, 0));
    return true;
  });
  return told;
}

}  // namespace lictor
