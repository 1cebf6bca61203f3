// What the registry watches of rates: a target whose content comes faster than its agency's line takes.
#include <fmt/format.h>

#include "dataplane/agent/task_registry.h"

namespace lictor {
namespace {

std::string text_of(uint64_t bps) {
  return bps < 10'000'000 ? fmt::format("{} kbit/s", bps / 1000) : fmt::format("{} Mbit/s", bps / 1'000'000);
}

}  // namespace

void TaskRegistry::follow_rate(const Xid& xid, Task& task, LegalTime now, SocketTime socket) {
  if (!task.slot || !task.mediation) return;
  const uint64_t octets = plan_.progress[index_of(*task.slot)].offered_octets.get();
  const PacingDirective& pacing = task.mediation->pacing;
  const bool runs = task.phase == Phase::kRunning;
  const RateWatch::Change change =
      runs ? task.rate.look(octets, pacing.line_bps(), pacing.rate_seconds, socket) : task.rate.stop(octets, socket);
  if (change == RateWatch::Change::kNone) return;
  const bool exceeds = change == RateWatch::Change::kExceeds;
  const std::string text =
      exceeds ? fmt::format("content comes at {}, and the line takes {}: it is late, and lost when its backlog is full",
                            text_of(task.rate.rate_bps()), text_of(pacing.line_bps()))
              : std::string("content comes no faster than the line takes any more");
  plan_.alarms->raise({.code = "target_rate_exceeds_line",
                       .severity = exceeds ? AlarmSeverity::kWarning : AlarmSeverity::kInformation,
                       .xid = xid,
                       .destination_id = {},
                       .text = text,
                       .raised = now,
                       .cleared = !exceeds,
                       .count = 0});
  if (!runs) return;
  line(*task.slot).push({.kind = TaskCommand::Kind::kAlarm, .slot = *task.slot, .task = {}, .text = text});
}

}  // namespace lictor
