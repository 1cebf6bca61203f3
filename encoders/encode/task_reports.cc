// What a task tells of its sessions: each event inside of its window, those that go on at its beginning and at its end.
// A CIN begins once and ends once; what is told twice the encoder says in another way.
#include <utility>

#include "dataplane/base/check.h"
#include "encoders/encode/task_runner.h"

namespace lictor {
namespace {

AccessEventType type_of(AccessEvent event) {
  switch (event) {
    case AccessEvent::kAttempt:
      return AccessEventType::kAttempt;
    case AccessEvent::kAccept:
      return AccessEventType::kAccept;
    case AccessEvent::kReject:
      return AccessEventType::kReject;
    case AccessEvent::kFailed:
      return AccessEventType::kFailed;
    case AccessEvent::kUpdate:
      return AccessEventType::kUpdate;
    case AccessEvent::kEnd:
      return AccessEventType::kEnd;
  }
  return AccessEventType::kUpdate;
}

// Nothing is so old.
constexpr PacketTime kForgetNothing{INT64_MIN};

}  // namespace

bool TaskRunner::report(const SessionReport& report, LegalTime now) {
  LICTOR_CHECK(report.cin != 0);
  if (phase_ == Phase::kEnded) return false;
  // Copies that wait, or stand still in their ring, are judged by what was true when they came.
  const bool may_forget = held_ == 0 && mode_ == EncodeMode::kLive;
  const bool tells = phase_ == Phase::kActive && !end_round_ && now < task_->stop;
  TaskSession* const session = sessions_.take(report, may_forget ? report.received : kForgetNothing);
  if (session == nullptr) {
    if (tells) refuse_session(report);
    sessions_full_ = true;
  } else if (tells && report.kind == SessionReport::Kind::kEvent) {
    tell_event(*session, report);
  } else if (tells && report.kind == SessionReport::Kind::kActive) {
    if (!session->begun || session->reset_due) tell_active(*session, report.effective);
    if (report.event == AccessEvent::kEnd) tell_event(*session, report);
  }
  reckon_due();
  return true;
}

// There are too many: its records are lost, and later its content.
void TaskRunner::refuse_session(const SessionReport& report) {
  const bool is_record = report.kind == SessionReport::Kind::kEvent || report.kind == SessionReport::Kind::kActive;
  if (!is_record || !wants(RecordKind::kIri)) return;
  account_.events.add(1);
  account_.dropped.add(RecordDrop::kSessionsFull);
  ++lost_untold_operator_;
}

void TaskRunner::tell_event(TaskSession& session, const SessionReport& report) {
  if (report.call) return tell_call(session, report);
  AccessEventType event = type_of(report.event);
  const bool goes_on = event == AccessEventType::kUpdate;
  // The first that is heard of it: it was there before.
  if (goes_on && (!session.begun || session.reset_due)) event = AccessEventType::kActiveAtStart;
  SessionReport whole = report;
  // A message is content; and what no record holds does not wait for one.
  if (!task_->cc || whole.raw.size() > Encoder::kEventBytesMax) whole.raw = {};
  if (!tell_session(session, event, TaskSessions::told(session, whole), report.effective)) return;
  if (event == AccessEventType::kAccept || event == AccessEventType::kActiveAtStart) session.begun = true;
  if (event == AccessEventType::kEnd) session.ended = true;
}

// What of it an order does not cover, its encoder masks.
void TaskRunner::tell_call(TaskSession& session, const SessionReport& report) {
  const CallPart& call = *report.call;
  const Bytes message = report.raw.subspan(call.message_at);
  const Bytes packet = call.message_at == 0 ? Bytes() : report.raw;
  reset_if_due(session, report.effective);
  const bool told = enqueue({.kind = EventKind::kCall,
                             .series = RecordKind::kIri,
                             .time = report.effective,
                             .cin = session.cin,
                             .call = CallTelling{.step = call.step,
                                                 .begun = session.begun,
                                                 .ended = session.ended,
                                                 .reason = call.reason,
                                                 .direction = call.direction,
                                                 .source = call.source,
                                                 .destination = call.destination,
                                                 .message = {message.begin(), message.end()},
                                                 .packet = {packet.begin(), packet.end()}}});
  if (!told) return;
  if (call.step == CallStep::kBegin || call.step == CallStep::kContinue) session.begun = true;
  if (call.step == CallStep::kEnd) session.ended = true;
}

// A step of a call without a message: what is known of it says between whom it is.
void TaskRunner::tell_call_step(TaskSession& session, CallStep step, CallEndReason reason, PacketTime time) {
  if (session.known.empty()) return;
  SessionReport known;
  SessionReportParts parts;
  read_session_report(session.known, known, parts);
  known.effective = time;
  known.call->step = step;
  known.call->reason = reason;
  tell_call(session, known);
}

void TaskRunner::tell_active(TaskSession& session, PacketTime time) {
  if (session.is_call) return tell_call_step(session, CallStep::kBegin, CallEndReason::kNone, time);
  if (tell_session(session, AccessEventType::kActiveAtStart, session.known, time)) session.begun = true;
}

void TaskRunner::tell_active_at_end(PacketTime time) {
  sessions_.for_each([&](TaskSession& session) {
    if (!session.open || !session.begun) return;
    if (session.is_call)
      tell_call_step(session, CallStep::kEnd, CallEndReason::kNotFollowed, time);
    else
      tell_session(session, AccessEventType::kActiveAtEnd, session.known, time);
  });
}

bool TaskRunner::tell_session(TaskSession& session, AccessEventType event, std::vector<uint8_t> report,
                              PacketTime time) {
  reset_if_due(session, time);
  return enqueue({.kind = EventKind::kSession,
                  .series = RecordKind::kIri,
                  .time = time,
                  .cin = session.cin,
                  .session = SessionTelling{
                      .event = event, .begun = session.begun, .ended = session.ended, .report = std::move(report)}});
}

// The numbers of a former process are not known: its series of this CIN begin anew.
void TaskRunner::reset_if_due(TaskSession& session, PacketTime time) {
  if (!std::exchange(session.reset_due, false) || is_in_own_series(session.cin)) return;
  for (const RecordKind series : {RecordKind::kIri, RecordKind::kCc}) {
    if (wants(series)) enqueue({.kind = EventKind::kCinReset, .series = series, .time = time, .cin = session.cin});
  }
}

SeriesNumbers& TaskRunner::numbers(uint32_t cin) {
  if (is_in_own_series(cin)) return numbers_;
  TaskSession* const session = sessions_.find(cin);
  return session == nullptr ? numbers_ : session->numbers;
}

// Something of the session waits that has, or will have, a number of its series.
void TaskRunner::pin(uint32_t cin) {
  TaskSession* const session = cin == 0 ? nullptr : sessions_.find(cin);
  if (session != nullptr) ++session->pins;
}

void TaskRunner::unpin(uint32_t cin) {
  TaskSession* const session = cin == 0 ? nullptr : sessions_.find(cin);
  if (session != nullptr && session->pins > 0) --session->pins;
}

}  // namespace lictor
