#include "dataplane/agent/watch_board.h"

#include <memory>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// What session lcore `lcore` of `lcores` may give: no CIN is another one's.
CinLease share_of(const CinLease& lease, size_t lcore, size_t lcores) {
  const auto bound = [&](size_t i) { return static_cast<uint32_t>(uint64_t{lease.count} * i / lcores); };
  return {.first = lease.first + bound(lcore), .count = bound(lcore + 1) - bound(lcore)};
}

// The table took all of them, and tasks have fewer than the index can hold. Of a range shared names are nobody's.
std::shared_ptr<const sip::CallWatch> call_watch_of(const std::vector<sip::AskedName>& asked,
                                                    const std::vector<WatchedIdentity>& shared_names) {
  std::vector<sip::TargetName> shared;
  for (const WatchedIdentity& one : shared_names) shared.push_back({one.kind, one.value});
  Result<std::shared_ptr<const sip::CallWatch>> made = sip::CallWatch::make(asked, HashKey::random(), shared);
  LICTOR_CHECK(made.ok());
  return *std::move(made);
}

}  // namespace

void WatchBoard::set(const Xid& xid, WatchedTask task) {
  const TaskSlot slot = task.slot;
  tasks_.insert_or_assign(slot, Watched{xid, std::move(task)});
  set_.insert(slot);
  removed_.erase(slot);
  if (const auto [known, is_new] = slots_.insert_or_assign(xid, slot); !is_new) return;
  for (auto at = remotes_.lower_bound({xid, 0}); at != remotes_.end() && at->first.first == xid; ++at) {
    at->second.slot = slot;
    remotes_due_.push_back(at->second);
  }
}

void WatchBoard::remove(TaskSlot slot) {
  const auto known = tasks_.find(slot);
  if (known == tasks_.end()) return;
  slots_.erase(known->second.xid);
  tasks_.erase(known);
  set_.erase(slot);
  removed_.insert(slot);
  std::erase_if(remotes_due_, [slot](const RemoteSession& remote) { return remote.slot == slot; });
}

std::optional<Xid> WatchBoard::xid_of(TaskSlot slot) const {
  const auto known = tasks_.find(slot);
  return known == tasks_.end() ? std::nullopt : std::optional(known->second.xid);
}

void WatchBoard::take(const Xid& xid, RemoteSession remote) {
  const std::pair key(xid, remote.cin);
  const auto slot = slots_.find(xid);
  if (slot != slots_.end()) remote.slot = slot->second;
  if (remote.over) {
    remotes_.erase(key);
  } else if (remotes_.size() < kRemotesMax || remotes_.contains(key)) {
    remotes_.insert_or_assign(key, remote);
  } else {
    ++remotes_refused_;
    return;
  }
  if (slot != slots_.end()) remotes_due_.push_back(std::move(remote));
}

// What other dataplanes tell of, one lcore knows.
WatchChange WatchBoard::change_of(size_t lcore) const {
  WatchChange change;
  if (lcore == 0) change.remotes = remotes_due_;
  if (set_.empty() && removed_.empty()) return change;
  change.removed = {removed_.begin(), removed_.end()};
  for (const TaskSlot slot : set_) {
    WatchedTask& added = change.added.emplace_back(tasks_.at(slot).task);
    added.cins = share_of(added.cins, lcore, outlet_.lcores);
  }
  return change;
}

// Shared names are nobody's in calls, either.
std::unique_ptr<WatchTable> WatchBoard::make_table(std::vector<sip::AskedName>& of_calls) const {
  auto table = std::make_unique<WatchTable>(outlet_.form, outlet_.shared_names);
  for (const auto& [slot, watched] : tasks_) {
    for (const WatchedIdentity& identity : watched.task.identities) {
      const bool counts = table->add(slot, identity);
      if (counts && is_of_calls(identity.kind)) of_calls.push_back({slot, {identity.kind, identity.value}});
    }
  }
  return table;
}

void WatchBoard::put_in_force() {
  const bool names_change = !set_.empty() || !removed_.empty();
  std::shared_ptr<const sip::CallWatch> calls;
  for (size_t lcore = 0; lcore < outlet_.lcores; ++lcore) {
    WatchChange change = change_of(lcore);
    if (names_change) {
      std::vector<sip::AskedName> asked;
      change.table = make_table(asked);
      if (calls == nullptr) calls = call_watch_of(asked, outlet_.shared_names);
      change.calls = calls;
    }
    outlet_.change(lcore, std::move(change));
  }
  set_.clear();
  removed_.clear();
  remotes_due_.clear();
  if (outlet_.lcores != 0) outlet_.wait_until_in_force();
}

}  // namespace lictor
