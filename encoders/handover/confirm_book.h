// Which confirm level is in force for a destination, over its connections: what the profile asks for, or what the peer
// has shown that it can do. Knows times and events only. One handover thread.
//
// A peer that never answers a keepalive falls back to what its TCP says. So does one that answers while nothing flows
// and never behind records. One that used to answer and has stopped is not believed to have read anything: it gets the
// same octets a bounded number of times, and then once for each keepalive that it answers before them.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/handover/confirm_plan.h"
#include "encoders/handover/redial.h"

namespace lictor {

class ConfirmBook {
 public:
  // The profile changed, or the peer: nothing that it has shown counts any more.
  void change(const ConfirmPlan& plan, bool keepalives) {
    plan_ = plan;
    keepalives_ = keepalives;
    ever_answered_ = never_answers_ = idle_only_ = released_ = false;
    waiting_since_.reset();
    barren_ = 0;
  }

  [[nodiscard]] ConfirmLevel level() const {
    const bool can = keepalives_ && !never_answers_ && !idle_only_;
    return plan_.level == ConfirmLevel::kRead && !can ? ConfirmLevel::kTransported : plan_.level;
  }
  // Whether it is less than the profile asks for because of what the peer does. A profile without keepalives says so
  // itself.
  [[nodiscard]] bool reduced() const { return never_answers_ || idle_only_; }
  // Whether records wait for an answer to a keepalive that goes before them.
  [[nodiscard]] bool holds() const {
    return level() == ConfirmLevel::kRead && ever_answered_ && barren_ >= plan_.resends_max && !released_;
  }

  // A keepalive was sent behind records.
  void asked(SocketTime now) {
    if (!ever_answered_ && !waiting_since_) waiting_since_ = now;
  }
  // One was answered.
  void answered() {
    ever_answered_ = true;
    never_answers_ = false;
    waiting_since_.reset();
    if (barren_ >= plan_.resends_max) released_ = true;
  }
  // Records were confirmed.
  void progressed() {
    barren_ = 0;
    released_ = false;
  }
  // Time passes while connected.
  void tick(SocketTime now) {
    if (waiting_since_ && now.ns - waiting_since_->ns >= int64_t{plan_.fallback_ms} * 1'000'000) fall_back();
  }
  // An answer is overdue, and the connection will be given up for it.
  void unanswered() {
    if (!ever_answered_) fall_back();
  }
  // A connection has ended in which records were sent and none was confirmed.
  void was_barren(Lost how) {
    // It answered while nothing flowed, got the records once more, and kept quiet behind them.
    if (released_ && how == Lost::kUnanswered && plan_.level == ConfirmLevel::kRead) idle_only_ = true;
    released_ = false;
    if (barren_ < UINT32_MAX) ++barren_;
  }
  [[nodiscard]] uint32_t barren() const { return barren_; }

 private:
  void fall_back() {
    if (plan_.level == ConfirmLevel::kRead) never_answers_ = true;
    waiting_since_.reset();
  }

  ConfirmPlan plan_;
  bool keepalives_ = true;
  bool ever_answered_ = false;
  bool never_answers_ = false;  // until it answers
  bool idle_only_ = false;      // until the profile or the peer is another
  bool released_ = false;       // it answered while records waited; they go once more
  uint32_t barren_ = 0;         // connections in a row that confirmed none of the records that were sent in them
  std::optional<SocketTime> waiting_since_;  // the first keepalive behind records, while none was ever answered
};

}  // namespace lictor
