// Which confirm level is in force for a destination, over its connections: what the profile asks for, or what the peer
// has shown that it can do. Knows times and events only. One handover thread.
//
// A peer that does not agree to acknowledge PDUs falls back to its answers to keepalives, and one that never answers
// these to what its TCP says. So does one that answers while nothing flows and never behind records. One that used to
// answer and has stopped is not believed to have read anything: it gets the same octets a bounded number of times, and
// then once for each question that it answers before them.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/handover/confirm_plan.h"
#include "encoders/handover/redial.h"

namespace lictor {

// What is asked behind records.
enum class Marker : uint8_t { kKeepalive, kAcknowledgement };

class ConfirmBook {
 public:
  // The profile changed, or the peer: nothing that it has shown counts any more.
  void change(const ConfirmPlan& plan, bool keepalives) {
    plan_ = plan;
    keepalives_ = keepalives;
    reads_ = acknowledges_ = {};
    option_ = OptionAnswer::kNotAsked;
    released_ = false;
    barren_ = 0;
  }
  // A connection begins: a sign of life counts in its own.
  void begin() { released_ = false; }
  // What came of asking the peer of a connection whether it acknowledges PDUs. Until then what the last one said
  // counts, and before the first what the profile hopes for.
  void negotiated(OptionAnswer answer) { option_ = answer; }

  [[nodiscard]] ConfirmLevel level() const {
    if (plan_.level == ConfirmLevel::kAcknowledged && agrees() && !acknowledges_.never && !acknowledges_.idle_only)
      return ConfirmLevel::kAcknowledged;
    if (plan_.level < ConfirmLevel::kRead) return plan_.level;
    const bool reads = keepalives_ && !reads_.idle_only && (!reads_.never || proven());
    return reads ? ConfirmLevel::kRead : ConfirmLevel::kTransported;
  }
  // Why it is less than the profile asks for, where what the peer does is the reason. A profile without keepalives says
  // so itself.
  [[nodiscard]] ConfirmShortfall shortfall() const {
    const bool without = plan_.level == ConfirmLevel::kRead && !keepalives_;
    if (without || level() >= plan_.level) return ConfirmShortfall::kNone;
    if (plan_.level == ConfirmLevel::kRead || (keepalives_ && level() < ConfirmLevel::kRead))
      return ConfirmShortfall::kNoKeepaliveResponse;
    if (option_ == OptionAnswer::kDeclined) return ConfirmShortfall::kDeclined;
    return option_ == OptionAnswer::kSilent ? ConfirmShortfall::kNoOptionResponse
                                            : ConfirmShortfall::kNoAcknowledgement;
  }
  [[nodiscard]] bool reduced() const { return shortfall() != ConfirmShortfall::kNone; }
  // Whether records wait for an answer to a question that goes before them.
  [[nodiscard]] bool holds() const {
    return level() >= ConfirmLevel::kRead && ever_answered(marker()) && barren_ >= plan_.resends_max && !released_;
  }
  // What is asked behind records, or before them.
  [[nodiscard]] Marker marker() const {
    return level() == ConfirmLevel::kAcknowledged ? Marker::kAcknowledgement : Marker::kKeepalive;
  }

  // A question was sent behind records.
  void asked(Marker marker, SocketTime now) {
    if (!ever_answered(marker) && !of(marker).waiting_since) of(marker).waiting_since = now;
  }
  // One was answered.
  void answered(Marker marker) {
    const bool of_level = marker == this->marker() || marker == Marker::kAcknowledgement;
    of(marker).ever_answered = true;
    of(marker).never = false;
    of(marker).waiting_since.reset();
    if (of_level && barren_ >= plan_.resends_max) released_ = true;
  }
  // Records were confirmed.
  void progressed() {
    barren_ = 0;
    released_ = false;
  }
  // Time passes while connected.
  void tick(SocketTime now) {
    for (const Marker marker : {Marker::kKeepalive, Marker::kAcknowledgement}) {
      const std::optional<SocketTime>& since = of(marker).waiting_since;
      if (since && now.ns - since->ns >= int64_t{plan_.fallback_ms} * 1'000'000) fall_back(marker);
    }
  }
  // An answer is overdue, and the connection will be given up for it.
  void unanswered(Marker marker) {
    if (!ever_answered(marker)) fall_back(marker);
  }
  // A connection has ended in which records were sent and none was confirmed.
  void was_barren(Lost how) {
    // It answered while nothing flowed, got the records once more, and kept quiet behind them.
    if (released_ && how == Lost::kUnanswered && level() >= ConfirmLevel::kRead) of(marker()).idle_only = true;
    released_ = false;
    if (barren_ < UINT32_MAX) ++barren_;
  }
  [[nodiscard]] uint32_t barren() const { return barren_; }

 private:
  // What the peer has shown of its answers to one kind of question.
  struct Shown {
    bool ever_answered = false;
    bool never = false;                       // until it answers
    bool idle_only = false;                   // until the profile or the peer is another
    std::optional<SocketTime> waiting_since;  // the first behind records, while none was ever answered
  };

  Shown& of(Marker marker) { return marker == Marker::kKeepalive ? reads_ : acknowledges_; }
  [[nodiscard]] bool agrees() const { return option_ != OptionAnswer::kDeclined && option_ != OptionAnswer::kSilent; }
  // Whoever has acknowledged does read: that it keeps quiet now says that it has not read, unless it says itself that
  // it is another.
  [[nodiscard]] bool proven() const { return acknowledges_.ever_answered && option_ != OptionAnswer::kDeclined; }
  [[nodiscard]] bool ever_answered(Marker marker) const {
    return marker == Marker::kKeepalive ? reads_.ever_answered || proven() : acknowledges_.ever_answered;
  }
  void fall_back(Marker marker) {
    const ConfirmLevel least = marker == Marker::kKeepalive ? ConfirmLevel::kRead : ConfirmLevel::kAcknowledged;
    if (plan_.level >= least) of(marker).never = true;
    of(marker).waiting_since.reset();
  }

  ConfirmPlan plan_;
  bool keepalives_ = true;
  Shown reads_;         // keepalives
  Shown acknowledges_;  // questions for an acknowledgement
  OptionAnswer option_ = OptionAnswer::kNotAsked;
  bool released_ = false;  // it answered while records waited; they go once more
  uint32_t barren_ = 0;    // connections in a row that confirmed none of the records that were sent in them
};

}  // namespace lictor
