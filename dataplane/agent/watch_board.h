// Whom the session lcores watch for: the names of the tasks that run. Control thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/session/session_desk.h"
#include "dataplane/session/sip/call_watch.h"

namespace lictor {

// The way to the session lcores; all of it empty where there are none.
struct WatchOutlet {
  size_t lcores = 0;
  std::function<void(size_t lcore, WatchChange change)> change;
  std::function<void()> wait_until_in_force;  // of all changes
  // How names are compared there, and which are everybody's.
  IdentityForm form;
  std::vector<WatchedIdentity> shared_names;
};

class WatchBoard {
 public:
  explicit WatchBoard(WatchOutlet outlet) : outlet_(std::move(outlet)) {}

  // Sessions that other dataplanes told of and that are kept; beyond, one is not known, and counted.
  static constexpr size_t kRemotesMax = 65'536;

  // From the next put_in_force() on. Of CINs each lcore gets its share.
  void set(const Xid& xid, WatchedTask task);
  void remove(TaskSlot slot);
  // The same: what another dataplane tells of a session of a task, which need not be set yet.
  void take(const Xid& xid, RemoteSession remote);
  [[nodiscard]] bool changed() const { return !set_.empty() || !removed_.empty() || !remotes_due_.empty(); }
  // Nothing where no task of this slot is set.
  [[nodiscard]] std::optional<Xid> xid_of(TaskSlot slot) const;
  [[nodiscard]] uint64_t remotes_refused() const { return remotes_refused_; }

  // Returns when session lcores watch for exactly those that are set, and every packet that is received from now on is
  // matched so. The encoder lcores of all of them know them.
  void put_in_force();

 private:
  struct Watched {
    Xid xid;
    WatchedTask task;
  };
  // Without its table and its calls' names.
  [[nodiscard]] WatchChange change_of(size_t lcore) const;
  // One for each lcore; `of_calls` takes those of its names that are looked for in calls.
  [[nodiscard]] std::unique_ptr<WatchTable> make_table(std::vector<sip::AskedName>& of_calls) const;

  const WatchOutlet outlet_;
  std::map<TaskSlot, Watched> tasks_;
  std::map<Xid, TaskSlot> slots_;
  std::map<std::pair<Xid, uint32_t>, RemoteSession> remotes_;  // by CIN
  // Since put_in_force():
  std::set<TaskSlot> set_;
  std::set<TaskSlot> removed_;
  std::vector<RemoteSession> remotes_due_;
  uint64_t remotes_refused_ = 0;
};

}  // namespace lictor
