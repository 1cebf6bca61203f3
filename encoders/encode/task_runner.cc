#include "encoders/encode/task_runner.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr LegalTime kEachRound{INT64_MIN};
constexpr LegalTime kNever{INT64_MAX};

}  // namespace

bool TaskRunner::wants(EventKind kind, RecordKind series) const {
  if (is_operator_message(kind)) return task_->hi2 != nullptr;
  // On HI2 a cINReset restarts the numbers of IRI and HI1 alike, and a task may have only one of them.
  if (kind == EventKind::kCinReset && series == RecordKind::kIri) return wants(series) || wants(RecordKind::kHi1);
  return wants(series);
}

// In a file a repeat is known by its number: everything there has one of its series.
bool TaskRunner::counts(EventKind kind) const { return is_of_series(kind) || task_->hi2 == task_->hi3; }

bool TaskRunner::wants(RecordKind series) const {
  switch (series) {
    case RecordKind::kIri:
    case RecordKind::kIriHash:
    case RecordKind::kIriSignature:
      return task_->iri && task_->hi2 != nullptr;
    case RecordKind::kCc:
    case RecordKind::kCcHash:
    case RecordKind::kCcSignature:
      return task_->cc && task_->hi3 != nullptr;
    case RecordKind::kHi1:
      return task_->hi1 && task_->hi2 != nullptr;
  }
  return false;
}

void TaskRunner::enter(Phase phase, TaskState state) {
  phase_ = phase;
  progress_.state.store(state, std::memory_order_release);
  reckon_due();
}

void TaskRunner::add(std::unique_ptr<EncodeTask> task, LegalTime now) {
  LICTOR_CHECK(phase_ == Phase::kEnded && task != nullptr && task->encoder != nullptr);
  task_ = std::move(task);
  changed_ = now;
  end_round_.reset();
  reset_done_ = false;
  numbers_ = {.next = task_->first_numbers};
  sessions_.clear();
  sessions_full_ = false;
  progress_.offered_octets.reset();
  lost_untold_operator_ = 0;
  lost_untold_agency_ = 0;
  test_number_ = 0;
  tested_ = false;
  told_ = {INT64_MIN / 2};
  arrived_.reset();
  closing_.reset();
  express_told_.reset();
  hi1_way_ = task_->is_reopened ? Hi1Way::kBehindFormer : Hi1Way::kExpress;
  attach_spools();
  prepare_gather();
  take_chain();
  enter(Phase::kPending, TaskState::kPending);
}

void TaskRunner::attach_spools() {
  if (task_->hi2 != task_->hi3) join(task_->hi2, task_->hi2_seal.get());  // of files both are one
  join(task_->express.spool, task_->express.seal.get());
  join(task_->hi3, task_->hi3_seal.get());
}

void TaskRunner::detach_spools() {
  if (task_->hi2 != task_->hi3) part(task_->hi2, task_->hi2_seal.get());
  part(task_->express.spool, task_->express.seal.get());
  part(task_->hi3, task_->hi3_seal.get());
}

void TaskRunner::join(Spool* spool, TaskSeal* seal) {
  if (spool == nullptr) return;
  spool->join();
  if (seal == nullptr) return;
  seal->set_next(numbers_.next);
  spool->attach(*seal);
}

void TaskRunner::part(Spool* spool, TaskSeal* seal) {
  if (spool == nullptr) return;
  spool->part();
  if (seal != nullptr) spool->detach(*seal);
}

void TaskRunner::append(RecordKind series, uint32_t number, size_t bytes) {
  const bool is_hi3 = is_on_hi3(series) || task_->hi2 == task_->hi3;  // files have one spool, with one seal
  (is_hi3 ? task_->hi3 : task_->hi2)
      ->append({.slot = task_->slot,
                .bytes = static_cast<uint32_t>(bytes),
                .series = static_cast<uint8_t>(series),
                .number = number,
                .seal = (is_hi3 ? task_->hi3_seal : task_->hi2_seal).get()});
  account_.appended.add(1);
  if (is_hi3) account_.hi3_octets.add(bytes);
}

bool TaskRunner::replace(std::unique_ptr<EncodeTask> task, LegalTime now) {
  LICTOR_CHECK(task != nullptr && task->encoder != nullptr);
  if (end_round_) return false;  // an end or a revocation is final
  if (task_ && !close_gathered()) lose_gathered(task_->hi3->refusal());
  // Whoever looks for spools that have something new will not find the old one here any more.
  if (task_ && task_->hi3 != nullptr) task_->hi3->publish();
  if (task_) detach_spools();
  deactivate();  // of the window before
  end_chain();
  if (task_ && task_->hi2 != task->hi2) give_up_checks(CheckedKind::kIri, now);
  if (task_ && task_->hi3 != task->hi3) give_up_checks(CheckedKind::kCc, now);
  task_ = std::move(task);
  attach_spools();
  prepare_gather();
  take_chain();
  changed_ = now;
  if (phase_ == Phase::kActive) {
    enqueue(EventKind::kModified, RecordKind::kHi1, now);
    reckon_due();
    return true;
  }
  // Its window ended while this command was under way: a new window of the same interception, whose numbers go on.
  enter(Phase::kPending, TaskState::kPending);
  return true;
}

// Nothing of the agency's changes: what was gathered, and what waits for room, goes the new way.
bool TaskRunner::move(SpoolMove move) {
  if (!task_ || end_round_ || task_->hi3 == nullptr || task_->hi3 == task_->hi2) return false;
  // Before anything is in the new one: whoever reads that one first looks for what was in the old one.
  task_->hi3->publish();
  part(task_->hi3, task_->hi3_seal.get());
  task_->hi3 = move.hi3;
  task_->hi3_seal = std::move(move.seal);
  join(task_->hi3, task_->hi3_seal.get());
  return true;
}

bool TaskRunner::end(uint64_t round) {
  if (phase_ != Phase::kPending && phase_ != Phase::kActive) return false;
  end_round_ = round;
  reckon_due();
  return true;
}

bool TaskRunner::revoke(uint64_t round) {
  if (phase_ == Phase::kEnded) return false;
  end_round_ = round;
  give_up_waiting(RecordDrop::kNoMediation);
  if (!checks_are_out()) lane_->drop(task_->slot);
  chain_ = nullptr;
  chains_leaving_ = 0;
  unproven_ = 0;
  lost_untold_operator_ = 0;
  lost_untold_agency_ = 0;
  phase_ = Phase::kRevoked;
  reckon_due();
  return true;
}

bool TaskRunner::follow(LegalTime now) {
  if (phase_ == Phase::kEnded || phase_ == Phase::kRevoked) return false;
  // Also where the whole window went by between two rounds: copies of it may be under way.
  if (phase_ == Phase::kPending && now >= task_->start && changed_ < task_->stop && !end_round_) activate();
  tell_losses(now);
  tell_unproven(now);
  look_at_express(now);
  bool appended = flush();
  if (gathered_.payloads > 0 && now >= gathered_.due) appended = close_gathered() || appended;
  const bool proved = flush_checks(now);
  reckon_due();
  return std::exchange(tested_, false) || appended || proved;
}

bool TaskRunner::close(LegalTime now, const Settled& settled) {
  if (phase_ == Phase::kEnded) return false;
  const bool window_over = now >= task_->stop && settled.until >= task_->stop;
  const bool over = end_round_ ? settled.round > *end_round_ : window_over;
  if (phase_ != Phase::kClosing && !over) return false;
  if (held_ > 0) return false;  // captured inside of its window
  if (phase_ == Phase::kRevoked) {
    finish(now);
    return true;
  }
  if (!close_gathered()) return false;
  if (phase_ == Phase::kActive) close_records(now);
  phase_ = Phase::kClosing;
  flush();
  flush_checks(now);
  // The last check goes behind the last record, and what says that nothing follows goes behind that.
  if (!waiting()) end_chain();
  if (!waiting() && checks_are_out() && deactivate()) flush();
  if (!waiting() && checks_are_out()) {
    unproven_told_ = {INT64_MIN / 2};
    tell_unproven(now);
    finish(now);
  }
  reckon_due();
  return true;
}

void TaskRunner::give_up_waiting(RecordDrop reason) {
  if (reason != RecordDrop::kNoMediation && task_) close_gathered();
  lose_gathered(reason);
  for (std::deque<Waiting>* waiting : {&waiting_hi2_, &waiting_hi3_}) {
    account_.events.add(waiting->size());
    account_.dropped.add(reason, waiting->size());
    for (const Waiting& one : *waiting) unpin(one.event.cin);
    waiting->clear();
  }
  for (const IntegrityResult& result : checks_) {
    if (result.check.kind == IntegrityCheck::Kind::kHash) unproven_ += result.check.numbers.size();
  }
  checks_.clear();
}

void TaskRunner::activate() {
  const LegalTime time = std::max(task_->start, changed_);
  if (task_->reset_first && !reset_done_) {
    enqueue(EventKind::kCinReset, RecordKind::kIri, time);
    enqueue(EventKind::kCinReset, RecordKind::kCc, time);
  }
  reset_done_ = true;
  enqueue(EventKind::kActivated, RecordKind::kHi1, time);
  if (task_->static_session) enqueue(EventKind::kSessionActiveAtStart, RecordKind::kIri, time);
  sessions_.for_each([&](TaskSession& session) {
    if (session.open && session.is_told) tell_active(session, {time.unix_ns});
  });
  enter(Phase::kActive, TaskState::kActive);
}

void TaskRunner::close_records(LegalTime now) {
  // What was lost last is told before the end, however short the time since the last telling.
  told_ = {INT64_MIN / 2};
  tell_losses(now);
  tell_agency(now);
  const LegalTime time = now >= task_->stop ? std::max(task_->stop, changed_) : now;
  if (task_->static_session) enqueue(EventKind::kSessionActiveAtEnd, RecordKind::kIri, time);
  tell_active_at_end({time.unix_ns});
  closing_ = time;
}

// Answers whether it was still to be said.
bool TaskRunner::deactivate() {
  if (!closing_) return false;
  enqueue(EventKind::kDeactivated, RecordKind::kHi1, *closing_);
  closing_.reset();
  return true;
}

void TaskRunner::finish(LegalTime now) {
  end_express_full(now);
  // Before the state says that nothing follows: whoever reads it may take the spools away.
  if (task_->hi2 != nullptr) task_->hi2->publish();
  if (task_->hi3 != nullptr) task_->hi3->publish();
  detach_spools();
  sessions_.clear();
  task_.reset();
  enter(Phase::kEnded, TaskState::kEnded);
}

void TaskRunner::enqueue(EventKind kind, RecordKind series, LegalTime time, std::string text) {
  enqueue({.kind = kind, .series = series, .time = {time.unix_ns}, .text = std::move(text)});
}

// False where there is no room for it: it is lost.
bool TaskRunner::enqueue(EventRecord event) {
  const EventKind kind = event.kind;
  if (!wants(kind, event.series)) return true;
  const bool is_hi3 = event.series == RecordKind::kCc;
  std::deque<Waiting>& waiting = is_hi3 ? waiting_hi3_ : waiting_hi2_;
  const bool may_be_many = kind == EventKind::kAlarm || kind == EventKind::kModified || kind == EventKind::kSession ||
                           kind == EventKind::kCall;
  const bool opens_or_closes = !may_be_many && counts(kind);
  const size_t waiting_max = opens_or_closes ? kWaitingMax : kWaitingMax - kWaitingReserve;
  // Of many sessions there is more to tell in one round than may wait.
  if (waiting.size() >= waiting_max) tested_ = flush(waiting, is_hi3 ? task_->hi3 : task_->hi2) || tested_;
  if (waiting.size() >= waiting_max) {
    account_.events.add(1);
    account_.dropped.add(RecordDrop::kBacklogFull);
    if (counts(kind)) ++skip(event.series, event.cin);
    ++lost_untold_operator_;
    return false;
  }
  pin(event.cin);
  // What is lost while this one waits is a gap behind it: a cINReset stays the first of its series.
  const uint32_t skip_before = std::exchange(skip(event.series, event.cin), 0);
  waiting.push_back({.event = std::move(event), .skip_before = skip_before});
  return true;
}

bool TaskRunner::flush() {
  const bool hi2 = flush(waiting_hi2_, task_->hi2);
  return flush(waiting_hi3_, task_->hi3) || hi2;
}

bool TaskRunner::flush(std::deque<Waiting>& waiting, Spool* spool) {
  bool appended = false;
  bool full = false;  // the spool is; what goes past it need not wait
  for (auto at = waiting.begin(); at != waiting.end();) {
    // A task that was replaced may have lost the connection that its records waited for.
    const bool wanted = wants(at->event.kind, at->event.series);
    const bool express = wanted && goes_express(at->event);
    if (full && !express) {
      if (!is_iri(at->event.kind)) break;
      ++at;
      continue;
    }
    Spool* const way = express ? task_->express.spool : spool;
    const size_t bytes_max = wanted ? task_->encoder->event_bytes_max(at->event) : 0;
    // What no spool of this kind ever holds waits for nothing: it is lost.
    const bool fits = wanted && bytes_max <= way->record_bytes_max();
    const MutableBytes room = fits ? way->reserve(bytes_max) : MutableBytes{};
    if (fits && room.empty()) {
      if (!is_iri(at->event.kind)) break;
      full = true;
      ++at;
      continue;
    }
    const Waiting next_one = std::move(*at);
    at = waiting.erase(at);
    appended = append_waiting(next_one, wanted, express, room) || appended;
  }
  return appended;
}

bool TaskRunner::append_waiting(const Waiting& next_one, bool wanted, bool express, MutableBytes room) {
  const EventRecord& event = next_one.event;
  uint32_t& number = next(event.series, event.cin);
  number += next_one.skip_before;
  const bool counted = counts(event.kind);
  const uint32_t shown = counted ? number : test_number_++;
  const size_t bytes = room.empty() ? 0 : task_->encoder->encode_event(event, shown, room);
  if (counted) ++number;
  const uint32_t last = number - 1;
  unpin(event.cin);
  account_.events.add(1);
  if (bytes == 0) {
    account_.dropped.add(wanted ? RecordDrop::kEncodeFailed : RecordDrop::kNoMediation);
    ++lost_untold_operator_;
    return false;
  }
  LICTOR_CHECK(bytes <= room.size());
  if (!is_transport_information(event.kind)) complete(event.series, event.cin, last, room.first(bytes));
  // What has a number of its own stands in the index behind what goes its way: it says nothing of IRI that waits.
  const RecordKind series = counted || event.series == RecordKind::kCc ? event.series : RecordKind::kHi1;
  if (express) {
    append_express(series, next(series) - 1, bytes);
  } else {
    append(series, next(series) - 1, bytes);
    if (!is_iri(event.kind) && event.series != RecordKind::kCc && event.cin == 0) note_behind(event);
  }
  return true;
}

void TaskRunner::reckon_due() {
  if (phase_ == Phase::kEnded) {
    due_ = kNever;
  } else if (phase_ == Phase::kClosing || end_round_ || waiting() || !checks_.empty() || chains_leaving_ > 0) {
    due_ = kEachRound;
  } else {
    due_ = phase_ == Phase::kPending && changed_ < task_->stop ? std::min(task_->start, task_->stop) : task_->stop;
    if (lost_untold_operator_ + lost_untold_agency_ > 0) {
      due_ = std::min(due_, LegalTime{told_.unix_ns + kLossReportNs});
    }
    if (gathered_.payloads > 0) due_ = std::min(due_, gathered_.due);
    if (express_told_) due_ = std::min(due_, LegalTime{express_told_->unix_ns + kLossReportNs});
    if (unproven_ > 0) due_ = std::min(due_, LegalTime{unproven_told_.unix_ns + kLossReportNs});
  }
}

}  // namespace lictor
