// The negotiation of PDU acknowledgements when a connection begins (TS 102 232-1: optionRequest, optionResponse,
// optionComplete): what we still owe the peer, how long records wait for its answer, and what that was. Knows times and
// events only. One handover thread.
//
// A peer that keeps quiet is waited for once, and from then on only asked. One that closes connections over the
// question is left unasked every other time, so that it gets its records.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/handover/confirm_plan.h"
#include "encoders/handover/destination.h"
#include "encoders/handover/redial.h"

namespace lictor {

class OptionTalk {
 public:
  // Connections in a row that the peer ended while it owed the answer; behind them one goes without the question.
  static constexpr uint32_t kClosedMax = 2;

  // The profile changed, or the peer. A connection that stands is asked now where it was not.
  void change(const ConfirmPlan& plan, SocketTime now) {
    wanted_ = plan.level == ConfirmLevel::kAcknowledged;
    wait_ms_ = plan.negotiate_ms;
    was_silent_ = false;
    closed_ = 0;
    if (wanted_ && answer_ == OptionAnswer::kNotAsked) begin(now);
  }
  // A connection begins.
  void start(SocketTime now) {
    asked_ = owes_request_ = owes_complete_ = false;
    answer_ = OptionAnswer::kNotAsked;
    if (!wanted_) return;
    if (closed_ < kClosedMax) return begin(now);
    closed_ = kClosedMax - 1;
    answer_ = OptionAnswer::kSilent;
  }
  // It has ended.
  void lost(Lost how) {
    const bool over_the_question = awaits() && how == Lost::kByPeer;
    if (over_the_question && closed_ < kClosedMax) ++closed_;
  }

  // What goes next, before any record.
  [[nodiscard]] std::optional<ConnectionQuestion> owes() const {
    if (owes_request_) return ConnectionQuestion::kOptionRequest;
    if (owes_complete_) return ConnectionQuestion::kOptionComplete;
    return std::nullopt;
  }
  // It was handed to the transport.
  void said(ConnectionQuestion what) {
    if (what == ConnectionQuestion::kOptionRequest) owes_request_ = false;
    if (what == ConnectionQuestion::kOptionComplete) owes_complete_ = false;
  }
  // An answer came. False where none was awaited. One that is late counts from now on.
  bool answered(bool accepts) {
    if (owes_request_ || !asked_ || answer_ == OptionAnswer::kAccepted || answer_ == OptionAnswer::kDeclined)
      return false;
    answer_ = accepts ? OptionAnswer::kAccepted : OptionAnswer::kDeclined;
    owes_complete_ = true;
    was_silent_ = false;
    closed_ = 0;
    return true;
  }
  // Time passes while connected. True once, when the answer did not come in time.
  bool tick(SocketTime now) {
    if (!awaits() || now.ns - since_.ns < int64_t{wait_ms_} * 1'000'000) return false;
    answer_ = OptionAnswer::kSilent;
    was_silent_ = true;
    return true;
  }

  // Whether records wait for the answer.
  [[nodiscard]] bool holds() const { return awaits() && !was_silent_; }
  // Of this connection.
  [[nodiscard]] OptionAnswer answer() const { return answer_; }
  // All is said, and the peer will acknowledge.
  [[nodiscard]] bool agreed() const { return answer_ == OptionAnswer::kAccepted && !owes_complete_; }

 private:
  void begin(SocketTime now) {
    answer_ = OptionAnswer::kAwaited;
    owes_request_ = true;
    asked_ = true;
    since_ = now;
  }
  [[nodiscard]] bool awaits() const { return answer_ == OptionAnswer::kAwaited; }

  bool wanted_ = false;
  uint32_t wait_ms_ = 0;
  OptionAnswer answer_ = OptionAnswer::kNotAsked;
  bool asked_ = false;  // in this connection
  bool owes_request_ = false;
  bool owes_complete_ = false;
  bool was_silent_ = false;  // the last time that it was asked
  uint32_t closed_ = 0;
  SocketTime since_;
};

}  // namespace lictor
