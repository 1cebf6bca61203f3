// Whose the blocks in the spools are: the tasks of this process by XID, each with its slot and, until it is erased, its
// key. Written by the control thread, read by handover threads, any of which may wait for the lock for a moment.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "dataplane/base/ids.h"
#include "encoders/spool/secret_key.h"

namespace lictor {

class KeyBook {
 public:
  struct Entry {
    TaskSlot slot{};
    SharedKey key;  // null: erased
  };

  void enter(const Xid& xid, TaskSlot slot, SharedKey key) {
    const std::lock_guard lock(mutex_);
    entries_[xid] = {.slot = slot, .key = std::move(key)};
  }
  // The order is annulled: nobody reads its blocks any more.
  void erase_key(const Xid& xid) {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(xid); found != entries_.end()) found->second.key.reset();
  }
  // Everything of the task is accounted for.
  void forget(const Xid& xid) {
    const std::lock_guard lock(mutex_);
    entries_.erase(xid);
  }
  [[nodiscard]] std::optional<Entry> find(const Xid& xid) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(xid);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<Xid, Entry> entries_;
};

}  // namespace lictor
