// Lanes of single tasks: the control thread adds and drops them, the handover thread takes them into its outbox.
#include <utility>

#include "encoders/handover/connection.h"

namespace lictor {

void Connection::take_lanes() {
  const std::lock_guard lock(mutex_);
  lanes_changed_.store(false, std::memory_order_relaxed);
  const SideAccounts accounts(context_.accounts, plan_.side, &nobody_);
  for (OwnLane& own : own_lanes_) {
    if (own.lane != nullptr) continue;
    own.lane = outbox_.add(Lane(*own.spool, accounts, *context_.revocations, own.pace), own.behind);
  }
  std::erase_if(own_lanes_, [this](const OwnLane& own) {
    if (!own.dropped) return false;
    if (own.lane->inside_record()) {  // of a record that was given up the rest goes first
      lanes_changed_.store(true, std::memory_order_relaxed);
      return false;
    }
    outbox_.remove(own.lane);
    own.spool->remove();
    return true;
  });
}

Spool* Connection::add_lane(std::unique_ptr<Spool> spool, std::shared_ptr<TokenBucket> pace, bool behind) {
  const std::lock_guard lock(mutex_);
  own_lanes_.push_back({.spool = std::move(spool), .pace = std::move(pace), .behind = behind});
  lanes_changed_.store(true, std::memory_order_release);
  return own_lanes_.back().spool.get();
}

void Connection::drop_lane(const Spool* spool) {
  const std::lock_guard lock(mutex_);
  for (OwnLane& own : own_lanes_) own.dropped = own.dropped || own.spool.get() == spool;
  lanes_changed_.store(true, std::memory_order_release);
}

}  // namespace lictor
