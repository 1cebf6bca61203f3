// What becomes of the copies of a task's sessions: they wait until it is known what happened before they arrived, and
// become records where their address was the session's then. What was not is no loss and takes no number.
#include <optional>
#include <utility>

#include "encoders/encode/media_look.h"
#include "encoders/encode/task_runner.h"

namespace lictor {
namespace {

// Comfort noise has some ten octets (RFC 3389), an event four; SRTP adds to it. What is larger may be something else,
// whatever its number was said to mean.
constexpr uint32_t kLeftOutBytesMax = 32;

bool is_left_out(const LeftOutMedia& left_out, const PayloadTypes& types, const MediaLook& look) {
  if (look.kind != MediaLook::Kind::kRtp || look.payload_bytes > kLeftOutBytesMax) return false;
  return (left_out.comfort_noise && types.is_comfort_noise(look.payload_type)) ||
         (left_out.telephone_events && types.is_telephone_event(look.payload_type));
}

}  // namespace

bool TaskRunner::hold(HeldCopies& held, const ContentRecord& copy, uint32_t lost_before, EncodeMode mode) {
  if ((phase_ != Phase::kPending && phase_ != Phase::kActive) || !wants(RecordKind::kCc)) {
    account_.copies.add(1);
    account_.dropped.add(RecordDrop::kNoMediation);
    return true;
  }
  if (phase_ == Phase::kPending) {
    activate();
    flush();
  }
  TaskSession* const session = sessions_.find(copy.cin);
  const uint32_t lost_behind = session == nullptr ? 0 : session->lost_behind;
  if (!held.push({.slot = task_->slot,
                  .lost_before = lost_before + lost_behind,
                  .is_pinned = session != nullptr,
                  .copy = copy})) {
    if (mode == EncodeMode::kLossless && held.can_hold(copy.octets())) return false;
    tell_lost_before(copy, lost_before);
    account_.copies.add(1);
    account_.dropped.add(RecordDrop::kUnsettled);
    note_lost(1, copy.arrival, copy.arrival);
    put_aside(session, copy, lost_before + 1);
    return true;
  }
  tell_lost_before(copy, lost_before);
  account_.copies.add(1);
  account_.held.add(1);
  ++held_;
  if (session == nullptr) return true;
  session->lost_behind = 0;
  ++session->held;
  ++session->pins;
  return true;
}

// As soon as it is known; its numbers are skipped where the copy gets its own.
void TaskRunner::tell_lost_before(const ContentRecord& copy, uint32_t lost_before) {
  if (lost_before > 0) note_lost(lost_before, arrived_.value_or(copy.arrival), copy.arrival);
}

// Numbers that are lost behind copies that have none yet.
void TaskRunner::put_aside(TaskSession* session, const ContentRecord& copy, uint32_t numbers_lost) {
  if (session != nullptr && session->held > 0) {
    session->lost_behind += numbers_lost;
  } else {
    skip(RecordKind::kCc, copy.cin) += numbers_lost;
  }
}

bool TaskRunner::settle(const HeldCopy& held, EncodeMode mode, LegalTime now) {
  const ContentRecord& copy = held.copy;
  if (phase_ != Phase::kActive || !wants(RecordKind::kCc)) {
    account_.dropped.add(RecordDrop::kNoMediation);
    unhold(held);
    return true;
  }
  TaskSession* const session = sessions_.find(copy.cin);
  if (session == nullptr && (sessions_full_ || sessions_.was_given_up(copy.cin))) {
    lose(copy, held.lost_before, RecordDrop::kSessionsFull);
    unhold(held);
    return true;
  }
  const HeldEnd end = session == nullptr ? HeldEnd() : session->holds(copy);
  ContentRecord content = copy;
  const std::optional<RecordDrop> drop =
      end.interval == nullptr ? RecordDrop::kNotTargetAnyMore : judge_media(*session, end, content);
  if (drop) {
    leave_alone(held, *drop);
    unhold(held);
    return true;
  }
  reset_if_due(*session, copy.arrival);
  // Its beginning found no room, or came when nothing could be told.
  const bool may_tell = wants(RecordKind::kIri) && waiting_hi2_.size() < kWaitingMax - kWaitingReserve;
  if (may_tell && session->is_told && !session->begun && !session->ended) tell_active(*session, {now.unix_ns});
  flush();
  mode_ = mode;
  if (!deliver(content, held.lost_before, now)) return false;
  unhold(held);
  return true;
}

// Why a packet at one of its session's addresses is not delivered; nothing: it is, as what it is of a call.
std::optional<RecordDrop> TaskRunner::judge_media(TaskSession& session, const HeldEnd& end, ContentRecord& content) {
  if (session.is_call) {
    const std::optional<MediaLook> look = look_at_media(content.packet, content.whole_bytes, end.interval->use);
    if (!look) return RecordDrop::kNotMedia;
    if (!session.takes(content, *look, end)) return RecordDrop::kNotOfCall;
    content.media =
        MediaForm{.frame = MediaFrame::kIp, .protocol = look->protocol, .stream = as_bytes(end.interval->stream)};
    if (session.heard != nullptr) session.heard->store(content.arrival.unix_ns, std::memory_order_relaxed);
    if (is_left_out(task_->left_out, session.payload_types, *look)) return RecordDrop::kLeftOut;
  }
  return std::nullopt;
}

// What is not the target's takes no number, and those that were lost before it stay lost.
void TaskRunner::leave_alone(const HeldCopy& held, RecordDrop reason) {
  account_.dropped.add(reason);
  skip(RecordKind::kCc, held.copy.cin) += held.lost_before;
}

// A loss that is told, by its number too.
void TaskRunner::lose(const ContentRecord& copy, uint32_t lost_before, RecordDrop reason) {
  account_.dropped.add(reason);
  skip(RecordKind::kCc, copy.cin) += lost_before + 1;
  note_lost(1, copy.arrival, copy.arrival);
}

void TaskRunner::lose_held(const HeldCopy& held) {
  lose(held.copy, held.lost_before, RecordDrop::kUnsettled);
  unhold(held);
}

void TaskRunner::unhold(const HeldCopy& held) {
  account_.settled.add(1);
  --held_;
  TaskSession* const session = held.is_pinned ? sessions_.find(held.copy.cin) : nullptr;
  if (session != nullptr) {
    --session->pins;
    if (--session->held == 0) skip(RecordKind::kCc, held.copy.cin) += std::exchange(session->lost_behind, 0);
  }
  if (held_ == 0) reckon_due();
}

}  // namespace lictor
