// When a connection owes a question of one kind (a keepalive, or for an acknowledgement), which ones the peer still has
// to answer, and what an answer says about the records before it (TS 102 232-1 clause 6.3: TIME1, TIME3). Knows times,
// numbers and positions in the stream only. One handover thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/handover/confirm_plan.h"
#include "encoders/handover/destination.h"

namespace lictor {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

class KeepaliveWatch {
 public:
  // Questions on their way. Beyond, none is sent until one is answered.
  static constexpr size_t kOutstandingMax = 1024;

  // The profile changed; timers go on.
  void change(const KeepalivePlan& plan, const ConfirmPlan& confirm) {
    plan_ = plan;
    confirm_ = confirm;
  }
  // A connection begins. Sequence numbers go on over connections.
  void start(SocketTime now) {
    idle_since_ = now;
    asked_.clear();
    unasked_bytes_ = 0;
    echoes_.reset();
  }
  // So many octets of records were sent.
  void sent(SocketTime now, uint64_t bytes) {
    idle_since_ = now;
    if (unasked_bytes_ == 0) unasked_since_ = now;
    unasked_bytes_ += bytes;
  }

  // Whether a request should be sent because nothing was sent for idle_ms, and no answer is awaited.
  [[nodiscard]] bool due(SocketTime now) const {
    return plan_.on && asked_.empty() && passed(idle_since_, plan_.idle_ms, now);
  }
  // Whether a request should be sent because records have none behind them.
  [[nodiscard]] bool due_behind_records(SocketTime now) const {
    if (!plan_.on || unasked_bytes_ == 0 || asked_.size() == kOutstandingMax) return false;
    return unasked_bytes_ >= confirm_.interval_bytes || passed(unasked_since_, confirm_.interval_ms, now);
  }
  // Something else was sent: the line is not idle.
  void touched(SocketTime now) { idle_since_ = now; }
  [[nodiscard]] bool is_on() const { return plan_.on; }
  [[nodiscard]] bool outstanding() const { return !asked_.empty(); }
  // The number of the next request.
  [[nodiscard]] uint32_t number() const { return number_; }
  // That request was handed to the transport, and ends at that position of the stream. Answers whether records are
  // before it that had no request behind them.
  bool requested(SocketTime now, uint64_t position) {
    asked_.push_back({.number = number_++, .position = position, .time = now});
    idle_since_ = now;
    const bool behind_records = unasked_bytes_ > 0;
    unasked_bytes_ = 0;
    return behind_records;
  }
  // The peer's TCP has acknowledged the stream up to that position: who has not got the question owes no answer yet.
  void reached(uint64_t position, SocketTime now) {
    for (auto asked = asked_.rbegin(); asked != asked_.rend() && asked->position > position; ++asked) asked->time = now;
  }
  // A response arrived: up to which position of the stream the peer has read. Nothing where it answers none of ours.
  // Answers come in order. A peer that gives our numbers back is held to them; one that counts by itself is not.
  std::optional<uint64_t> answered(uint32_t number) {
    if (asked_.empty()) return std::nullopt;
    if (!echoes_) echoes_ = is_outstanding(number);
    if (*echoes_ && !is_outstanding(number)) return std::nullopt;
    while (*echoes_ && asked_.front().number != number) asked_.pop_front();
    const uint64_t position = asked_.front().position;
    asked_.pop_front();
    return position;
  }
  // Whether the answer did not come in time.
  [[nodiscard]] bool overdue(SocketTime now) const {
    return !asked_.empty() && passed(asked_.front().time, plan_.wait_ms, now);
  }

  // Without progress for this long a connection that has something to send counts as dead: as long as a silent one
  // takes to be found out, also where no keepalive is sent.
  [[nodiscard]] uint64_t stall_ms() const { return uint64_t{plan_.idle_ms} + plan_.wait_ms; }

 private:
  struct Asked {
    uint32_t number;
    uint64_t position;
    SocketTime time;  // when the peer had it at the latest
  };
  static bool passed(SocketTime since, uint64_t ms, SocketTime now) {
    return now.ns - since.ns >= static_cast<int64_t>(ms) * kNanosecondsPerMillisecond;
  }
  [[nodiscard]] bool is_outstanding(uint32_t number) const { return number - asked_.front().number < asked_.size(); }

  KeepalivePlan plan_;
  ConfirmPlan confirm_;
  SocketTime idle_since_;
  SocketTime unasked_since_;
  uint64_t unasked_bytes_ = 0;  // of records behind the last request
  uint32_t number_ = 1;
  std::deque<Asked> asked_;     // the oldest first, numbers without a gap
  std::optional<bool> echoes_;  // whether the peer gives our numbers back; its first answer says so
};

}  // namespace lictor
