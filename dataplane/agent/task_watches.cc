// The registry's share in sessions: whom session lcores watch for, and which CINs they give.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "dataplane/agent/task_registry.h"

namespace lictor {
namespace {

constexpr auto kLookAgain = std::chrono::microseconds(50);
constexpr int64_t kEncoderWaitNs = 100'000'000;

// An encoder lcore that lives takes its commands in its next round.
bool wait_until_done(const CommandLine& line, uint64_t command, SocketTime until) {
  while (!line.done(command)) {
    if (socket_now() >= until) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

}  // namespace

// Once the encoder knows the task as it is now: what is told of a session before would be refused.
void TaskRegistry::put_watches_in_force() {
  const SocketTime until{socket_now().ns + kEncoderWaitNs};
  for (const Xid& xid : std::exchange(watches_due_, {})) {
    const auto found = tasks_.find(xid);
    if (found == tasks_.end() || found->second.phase != Phase::kRunning) continue;
    const Task& task = found->second;
    if (task.tap->identities.empty()) continue;
    if (!wait_until_done(line(*task.slot), task.command, until)) {
      watches_due_.push_back(xid);
      continue;
    }
    std::optional<WatchedTask> watched = make_watched_task(*task.tap, *task.mediation, *task.slot, plan_.element);
    if (watched)
      watches_.set(xid, *std::move(watched));
    else
      watches_.remove(*task.slot);
  }
  if (watches_.changed()) watches_.put_in_force();
}

std::optional<Xid> TaskRegistry::running_at(TaskSlot slot) const { return watches_.xid_of(slot); }

std::optional<Xid> TaskRegistry::task_of(const CinWish& wish) const {
  const std::optional<Xid> xid = watches_.xid_of(wish.slot);
  if (!xid) return std::nullopt;
  const std::optional<CinLease> newest = leased_cins(*xid);
  return newest && wish.first - newest->first < newest->count ? xid : std::nullopt;
}

}  // namespace lictor
