// What a connected Connection asks beside its records, and what it hears of the answers: keepalives, the negotiation of
// PDU acknowledgements, and questions for one.
#include <algorithm>

#include "encoders/handover/connection.h"

namespace lictor {

// False where it answers nothing that we have asked.
bool Connection::hear(const PeerMessage& message) {
  switch (message.kind) {
    case PeerMessageKind::kKeepaliveResponse:
      return hear_answer(Marker::kKeepalive, message.number);
    case PeerMessageKind::kAcknowledgement:
      return hear_answer(Marker::kAcknowledgement, message.number);
    case PeerMessageKind::kOptionAccepted:
    case PeerMessageKind::kOptionDeclined:
      if (!options_.answered(message.kind == PeerMessageKind::kOptionAccepted)) return false;
      confirm_.negotiated(options_.answer());
      return true;
    default:
      return false;
  }
}

bool Connection::hear_answer(Marker marker, uint32_t number) {
  const bool acknowledges = marker == Marker::kAcknowledgement;
  const bool deaf = deaf_.load(std::memory_order_relaxed);
  // Only keepalives are missed when they are not heard: a peer that counts by itself must not fall behind for long.
  if (deaf && !acknowledges) return false;
  const std::optional<uint64_t> position = (acknowledges ? acknowledgement_ : keepalive_).answered(number);
  if (!position || deaf) return false;
  (acknowledges ? acknowledgements_ : keepalives_answered_).add(1);
  heard_ = true;
  confirm_.answered(marker);
  uint64_t& reached = acknowledges ? acknowledged_bytes_ : read_bytes_;
  reached = std::max(reached, *position);
  return true;
}

// A peer that does not say in time whether it acknowledges is not waited for.
void Connection::follow_options(SocketTime now) {
  if (options_.tick(now)) confirm_.negotiated(OptionAnswer::kSilent);
}

std::optional<ConnectionQuestion> Connection::owed_question(SocketTime now) const {
  if (const std::optional<ConnectionQuestion> option = options_.owes()) return option;
  if (options_.holds()) return std::nullopt;
  if (owes_acknowledgement(now)) return ConnectionQuestion::kAcknowledgement;
  if (owes_keepalive(now)) return ConnectionQuestion::kKeepalive;
  return std::nullopt;
}

// The first one goes at once, so that a peer that has agreed and does not acknowledge is known before records depend on
// it, and one that has learned it is found out.
bool Connection::owes_acknowledgement(SocketTime now) const {
  if (!options_.agreed()) return false;
  if (!acknowledgement_asked_) return true;
  if (confirm_.marker() != Marker::kAcknowledgement) return false;
  if (confirm_.holds()) return !acknowledgement_.outstanding();
  return acknowledgement_.due_behind_records(now);
}

// The line is idle, records wait to be known as read, or for a sign of life.
bool Connection::owes_keepalive(SocketTime now) const {
  const bool marks = confirm_.marker() == Marker::kKeepalive;
  if (marks && confirm_.holds()) return !keepalive_.outstanding();
  if (asks_.load(std::memory_order_relaxed) && keepalive_.is_on() && !keepalive_.outstanding()) return true;
  if (keepalive_.due(now)) return true;
  return marks && confirm_.level() == ConfirmLevel::kRead && keepalive_.due_behind_records(now);
}

void Connection::ask(SocketTime now) {
  const std::optional<ConnectionQuestion> question = owed_question(now);
  if (!question) return;
  question_ = *question;
  uint32_t number = option_number_;
  if (question_ == ConnectionQuestion::kKeepalive) number = keepalive_.number();
  if (question_ == ConnectionQuestion::kAcknowledgement) number = acknowledgement_.number();
  request_ = plan_.codec.question(question_, number);
}

// The whole question was handed to the transport.
void Connection::asked(SocketTime now) {
  switch (question_) {
    case ConnectionQuestion::kKeepalive:
      if (keepalive_.requested(now, stream_bytes_)) confirm_.asked(Marker::kKeepalive, now);
      asks_.store(false, std::memory_order_relaxed);
      keepalives_sent_.add(1);
      return;
    case ConnectionQuestion::kAcknowledgement:
      acknowledgement_.requested(now, stream_bytes_);
      acknowledgement_asked_ = true;
      confirm_.asked(Marker::kAcknowledgement, now);
      acknowledgements_asked_.add(1);
      break;
    case ConnectionQuestion::kOptionRequest:
    case ConnectionQuestion::kOptionComplete:
      options_.said(question_);
      ++option_number_;
      break;
  }
  keepalive_.touched(now);
}

}  // namespace lictor
