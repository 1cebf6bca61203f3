// What the registry does about a task that floods a connection which it shares: the others' records wait behind it, so
// it gets a spool of its own, and the connection takes turns between the two.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "dataplane/agent/task_registry.h"

namespace lictor {

// Of those that append to one spool, the one whose octets are more than all others' together may have to leave it.
void TaskRegistry::follow_lanes(LegalTime now, SocketTime socket) {
  if (!plan_.floods.on() || socket < lanes_look_at_) return;
  lanes_look_at_ = {socket.ns + kLanesLookNs};
  struct Shared {
    size_t tasks = 0;
    uint64_t waits = 0;
    Task* flood = nullptr;  // the one that waits with the most
    bool passes = false;    // a limit
  };
  std::map<const Spool*, Shared> spools;
  for (auto& [xid, task] : tasks_) {
    if (task.phase != Phase::kRunning || task.shared_hi3 == nullptr) continue;
    const TaskAccount& account = plan_.accounts[index_of(*task.slot)];
    const uint64_t gone = account.hi3.gone_octets.get();
    const bool passes = task.flood.look(account.encoder.hi3_octets.get(), gone, plan_.floods, socket);
    Shared& shared = spools[task.shared_hi3];
    ++shared.tasks;
    shared.waits += task.flood.waits();
    if (shared.flood != nullptr && shared.flood->flood.waits() >= task.flood.waits()) continue;
    shared.flood = &task;
    shared.passes = passes;
  }
  for (const auto& [spool, shared] : spools) {
    if (shared.tasks < 2 || !shared.passes || shared.flood->flood.waits() * 2 <= shared.waits) continue;
    give_lane(*shared.flood, now);
  }
}

// What is in the shared spool already goes first. The task keeps its own until it ends.
void TaskRegistry::give_lane(Task& task, LegalTime now) {
  const MediationDirective& mediation = *task.mediation;
  const bool is_free = plan_.handover->has_free_lane(mediation.hi3->id, HandoverSide::kHi3);
  if (task.lane_refused && !is_free) return;
  task.lane_refused = true;
  const size_t encoder = encoder_of(*task.slot, plan_.encoders.size());
  Result<TaskLane> lane = open_lane(*plan_.handover, mediation, plan_.element, encoder);
  if (!lane.ok()) {
    raise("flood_shares_spool", AlarmSeverity::kWarning, mediation.xid,
          fmt::format("its content keeps others waiting, and it can have no spool of its own: {}",
                      std::string(lane.status().message())),
          now, 0);
    task.shared_hi3 = nullptr;  // not again before it changes: what fails here is the disk's, and is alarmed
    return;
  }
  task.handles.push_back(lane->handle);
  if (!lane->is_own) return;  // at the bound; that is told
  task.own.lane = true;
  task.shared_hi3 = nullptr;
  task.command = line(*task.slot)
                     .push({.kind = TaskCommand::Kind::kMove,
                            .slot = *task.slot,
                            .task = {},
                            .text = {},
                            .test = {},
                            .move = {.hi3 = lane->hi3, .seal = std::move(lane->seal)}});
  raise("flood_has_own_spool", AlarmSeverity::kInformation, mediation.xid,
        fmt::format("{} octets of its content wait for a line that it shares: it has a spool of its own from now on, "
                    "and the others do not wait behind it",
                    task.flood.waits()),
        now, task.flood.waits());
}

}  // namespace lictor
