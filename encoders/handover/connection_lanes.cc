// Lanes of single tasks: the control thread adds and drops them, the handover thread takes them into its outbox.
#include <utility>

#include "encoders/handover/connection.h"

namespace lictor {

void Connection::take_lanes() {
  const std::lock_guard lock(mutex_);
  lanes_changed_.store(false, std::memory_order_relaxed);
  for (const auto& [task, pace] : std::exchange(apart_, {})) outbox_.set_apart(task, pace);
  const SideAccounts accounts(context_.accounts, plan_.side, &nobody_);
  for (OwnLane& own : own_lanes_) {
    if (own.lane != nullptr) continue;
    own.lane = outbox_.add(Lane(*own.spool, accounts, *context_.revocations, own.pace), own.behind, own.owner);
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

Spool* Connection::add_lane(std::unique_ptr<Spool> spool, std::shared_ptr<TokenBucket> pace, bool behind,
                            const Xid& owner) {
  const std::lock_guard lock(mutex_);
  own_lanes_.push_back({.spool = std::move(spool), .pace = std::move(pace), .behind = behind, .owner = owner});
  lanes_changed_.store(true, std::memory_order_release);
  return own_lanes_.back().spool.get();
}

void Connection::set_apart(const Xid& task, std::shared_ptr<TokenBucket> pace) {
  const std::lock_guard lock(mutex_);
  apart_.emplace_back(task, std::move(pace));
  lanes_changed_.store(true, std::memory_order_release);
}

void Connection::drop_lane(const Spool* spool) {
  const std::lock_guard lock(mutex_);
  for (OwnLane& own : own_lanes_) own.dropped = own.dropped || own.spool.get() == spool;
  lanes_changed_.store(true, std::memory_order_release);
}

}  // namespace lictor
