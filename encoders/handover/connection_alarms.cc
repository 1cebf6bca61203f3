// What a Connection tells the operator: that the destination is down, in the clear, or confirms by less than was asked
// for.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "encoders/handover/connection.h"

namespace lictor {
namespace {

std::string_view name_of(HandoverSide side) { return side == HandoverSide::kHi2 ? "HI2" : "HI3"; }

}  // namespace

void Connection::set_down(const std::string& why, LegalTime legal) {
  {
    const std::lock_guard lock(mutex_);
    last_error_ = why;
  }
  if (std::exchange(down_, true)) return;
  raise("destination_down", AlarmSeverity::kCritical, why + "; trying again", false, legal);
}

// An alarm stands as long as a destination's records go out in the clear.
void Connection::tell_security(LegalTime legal) {
  const bool plain = plan_.security.kind == HandoverSecurity::kPlainLab;
  if (plain == plain_told_) return;
  plain_told_ = plain;
  if (plain) {
    raise("handover_in_the_clear", AlarmSeverity::kWarning, "records go out in the clear, as the profile says", false,
          legal);
  } else {
    raise("handover_in_the_clear", AlarmSeverity::kInformation, "secured now", true, legal);
  }
}

// Once a day an alarm counts down to the end of the certificate that the agency has shown: behind it nothing is
// delivered any more.
void Connection::tell_peer_certificate(SocketTime now, LegalTime legal) {
  constexpr int64_t kLookNs = 60 * kNanosecondsPerSecond;
  constexpr int64_t kDayNs = 86'400 * kNanosecondsPerSecond;
  if (state_ != State::kConnected || (now < peer_look_at_ && peer_looked_serial_ == socket_serial_)) return;
  peer_look_at_ = {now.ns + kLookNs};
  peer_looked_serial_ = socket_serial_;
  const std::optional<LegalTime> until = transport_->peer_until();
  const int64_t left_ns = until ? until->unix_ns - legal.unix_ns : INT64_MAX;
  const bool warns = left_ns <= int64_t{limits_.certificate_warn_days} * kDayNs;
  const int64_t days = warns ? std::max<int64_t>(left_ns, 0) / kDayNs : -1;
  if (days == std::exchange(peer_days_told_, days)) return;
  raise(
      "agency_certificate_expires", warns ? AlarmSeverity::kWarning : AlarmSeverity::kInformation,
      warns ? fmt::format("the agency's certificate expires in {} days", days) : "the agency shows another certificate",
      !warns, legal);
}

// Alarms stand as long as records count as delivered by less than the profile asks for, and as long as they wait for a
// peer that has stopped answering.
void Connection::tell_confirmation(SocketTime now, LegalTime legal) {
  const ConfirmLevel level = confirm_.level();
  const ConfirmShortfall shortfall = confirm_.shortfall();
  const bool holding = confirm_.holds();
  level_.store(level, std::memory_order_relaxed);
  shortfall_.store(shortfall, std::memory_order_relaxed);
  holding_.store(holding, std::memory_order_relaxed);
  const bool moved = level != std::exchange(level_told_, level) && shortfall != ConfirmShortfall::kNone;
  if (shortfall != std::exchange(shortfall_told_, shortfall) || moved) {
    const bool reduced = shortfall != ConfirmShortfall::kNone;
    raise("confirm_level_reduced", reduced ? AlarmSeverity::kWarning : AlarmSeverity::kInformation,
          reduced ? fmt::format("{}: the confirm level in force is {}", text_of(shortfall), name_of(level))
                  : "the peer answers",
          !reduced, legal);
  }
  if (state_ == State::kConnected && !holding && !is_doubted(now)) come_up("connected, and it answers", legal);
  if (holding != std::exchange(holding_told_, holding)) {
    holds_.add(holding ? 1 : 0);
    raise("delivery_held", holding ? AlarmSeverity::kCritical : AlarmSeverity::kInformation,
          holding ? "records were sent several times and not confirmed: they wait until the peer answers a question"
                  : "records go again",
          !holding, legal);
  }
}

void Connection::raise(const char* code, AlarmSeverity severity, const std::string& text, bool cleared,
                       LegalTime legal) {
  context_.alarms->raise({.code = code,
                          .severity = severity,
                          .xid = plan_.owner,
                          .destination_id = plan_.id,
                          .text = fmt::format("{}: {}", name_of(plan_.side), text),
                          .raised = legal,
                          .cleared = cleared,
                          .count = 0});
}

}  // namespace lictor
