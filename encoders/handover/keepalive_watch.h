// When a connection owes a keepalive, and whether the peer owes the answer (TS 102 232-1 clause 6.3: TIME1, TIME3).
// Knows times and numbers only. One handover thread.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/handover/destination.h"

namespace lictor {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

class KeepaliveWatch {
 public:
  // The profile changed; timers go on.
  void change(const KeepalivePlan& plan) { plan_ = plan; }
  // A connection begins. Sequence numbers go on over connections.
  void start(SocketTime now) {
    idle_since_ = now;
    asked_.reset();
  }
  // Something was sent.
  void sent(SocketTime now) { idle_since_ = now; }

  // Whether a request should be sent now: nothing was sent for idle_ms, and no answer is awaited.
  [[nodiscard]] bool due(SocketTime now) const {
    return plan_.on && !asked_ && passed(idle_since_, plan_.idle_ms, now);
  }
  // The number of the next request.
  [[nodiscard]] uint32_t number() const { return number_; }
  // That request was handed to the transport.
  void requested(SocketTime now) {
    asked_ = Asked{.number = number_++, .time = now};
    idle_since_ = now;
  }
  // A response arrived. False where it is not the one that is awaited.
  bool answered(uint32_t number) {
    if (!asked_ || asked_->number != number) return false;
    asked_.reset();
    return true;
  }
  // Whether the answer did not come in time.
  [[nodiscard]] bool overdue(SocketTime now) const { return asked_ && passed(asked_->time, plan_.wait_ms, now); }

  // Without progress for this long a connection that has something to send counts as dead: as long as a silent one
  // takes to be found out, also where no keepalive is sent.
  [[nodiscard]] uint64_t stall_ms() const { return uint64_t{plan_.idle_ms} + plan_.wait_ms; }

 private:
  struct Asked {
    uint32_t number;
    SocketTime time;
  };
  static bool passed(SocketTime since, uint64_t ms, SocketTime now) {
    return now.ns - since.ns >= static_cast<int64_t>(ms) * kNanosecondsPerMillisecond;
  }

  KeepalivePlan plan_;
  SocketTime idle_since_;
  uint32_t number_ = 1;
  std::optional<Asked> asked_;
};

}  // namespace lictor
