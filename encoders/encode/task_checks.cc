// What a task does so that its records can be proven: hands their octets to the integrity thread, and appends the
// checks that come back as records of series of their own.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"
#include "encoders/encode/task_runner.h"

namespace lictor {

void TaskRunner::take_chain() {
  if (task_->integrity == nullptr) return;
  LICTOR_CHECK(lane_ != nullptr);
  chain_ = lane_->adopt(std::move(task_->integrity));
}

// What was recorded until now is hashed and signed; the checks come later.
void TaskRunner::end_chain() {
  if (chain_ == nullptr) return;
  lane_->end(*std::exchange(chain_, nullptr));
  ++chains_leaving_;
}

void TaskRunner::end_checks() {
  if (phase_ == Phase::kEnded || phase_ == Phase::kRevoked) return;
  if (!close_gathered()) gathered_.due = {INT64_MIN};  // as soon as there is room
  end_chain();
  reckon_due();
}

// What was encoded becomes what is sent; the agency says on which side of that it is hashed.
void TaskRunner::complete(RecordKind series, uint32_t cin, uint32_t number, MutableBytes record) {
  const bool before = chain_ != nullptr && chain_->is_before_encryption();
  if (before) prove(series, cin, number, record);
  task_->encoder->encrypt(record, number);
  if (!before) prove(series, cin, number, record);
}

void TaskRunner::prove(RecordKind series, uint32_t cin, uint32_t number, Bytes record) {
  if (chain_ == nullptr || (series != RecordKind::kIri && series != RecordKind::kCc)) return;
  const CheckedKind of = series == RecordKind::kCc ? CheckedKind::kCc : CheckedKind::kIri;
  const uint32_t series_cin = is_in_own_series(cin) ? 0 : cin;  // a check is of one series
  if (!lane_->record(*chain_, of, series_cin, number, record)) return note_unproven(1);
  pin(series_cin);  // until its hash has come
}

void TaskRunner::checked(IntegrityResult result, LegalTime now) {
  const bool is_check = result.kind == IntegrityResult::Kind::kCheck;
  if (is_check && (result.strayed || result.check.value.empty() || checks_.size() >= kChecksMax))
    return give_up_check(result.check, now);
  checks_.push_back(std::move(result));
  flush_checks(now);
  reckon_due();
}

void TaskRunner::give_up_check(const IntegrityCheck& check, LegalTime now) {
  unpin_checked(check);
  if (check.kind == IntegrityCheck::Kind::kHash) return note_unproven(check.numbers.size());
  raise_incomplete(
      "a signature could not be made, had no room or lost its destination: its records have their hashes alone", 1,
      now);
}

// Their records went to a destination that the task has no more: to another one they would say nothing.
void TaskRunner::give_up_checks(CheckedKind of, LegalTime now) {
  if (lane_ == nullptr) return;
  lane_->strays(task_->slot, of);
  std::erase_if(checks_, [&](const IntegrityResult& result) {
    if (result.kind != IntegrityResult::Kind::kCheck || result.check.of != of) return false;
    give_up_check(result.check, now);
    return true;
  });
}

bool TaskRunner::flush_checks(LegalTime now) {
  bool appended = false;
  while (!checks_.empty()) {
    const IntegrityResult& first = checks_.front();
    switch (first.kind) {
      case IntegrityResult::Kind::kCheck:
        if (!append_check(first, now)) return appended;
        appended = true;
        break;
      case IntegrityResult::Kind::kFlushed:
        if (!lane_->can_tell()) return appended;
        lane_->close(*first.chain);
        break;
      case IntegrityResult::Kind::kClosed:
        --chains_leaving_;
        break;
    }
    checks_.pop_front();
  }
  return appended;
}

// False where it has to wait for room.
bool TaskRunner::append_check(const IntegrityResult& result, LegalTime now) {
  const IntegrityCheck& check = result.check;
  const bool is_hash = check.kind == IntegrityCheck::Kind::kHash;
  const RecordKind series = series_of(check);
  if (!wants(series)) {
    unpin_checked(check);
    if (is_hash) note_unproven(check.numbers.size());
    return true;
  }
  Spool& spool = is_on_hi3(series) ? *task_->hi3 : *task_->hi2;
  const size_t bytes_max = task_->encoder->check_bytes_max(check);
  const MutableBytes room = spool.reserve(bytes_max);
  const bool never = bytes_max > spool.record_bytes_max();
  if (!never && (room.empty() || !lane_->can_tell())) return false;
  // A series that has begun goes on, whatever the profile says of its first number by now.
  uint32_t& next_number = next(series, check.cin);
  next_number = std::max(next_number, result.first_number);
  const uint32_t number = next_number;
  const size_t bytes = never ? 0 : task_->encoder->encode_check(check, number, {now.unix_ns}, room);
  account_.events.add(1);
  if (bytes == 0) {
    unpin_checked(check);
    account_.dropped.add(RecordDrop::kEncodeFailed);
    if (is_hash) note_unproven(check.numbers.size());
    return true;
  }
  LICTOR_CHECK(bytes <= bytes_max);
  if (is_hash && result.chain->signs())
    lane_->tell_hash(*result.chain, check.of, check.cin, number, room.first(bytes), check.value);
  ++next_number;
  append(series, next(series) - 1, bytes);
  if (is_hash && result.chain->signs()) pin(check.cin);  // until its signature has come
  unpin_checked(check);
  return true;
}

// What it covers waits for it no more.
void TaskRunner::unpin_checked(const IntegrityCheck& check) {
  for (size_t i = 0; i < check.numbers.size(); ++i) unpin(check.cin);
}

void TaskRunner::note_unproven(uint64_t count) {
  unproven_ += count;
  reckon_due();
}

void TaskRunner::tell_unproven(LegalTime now) {
  if (unproven_ == 0 || now.unix_ns - unproven_told_.unix_ns < kLossReportNs) return;
  unproven_told_ = now;
  const uint64_t count = std::exchange(unproven_, 0);
  raise_incomplete(fmt::format("{} records are delivered without an integrity check", count), count, now);
}

void TaskRunner::raise_incomplete(std::string text, uint64_t count, LegalTime now) {
  alarms_.raise({.code = "integrity_incomplete",
                 .severity = AlarmSeverity::kWarning,
                 .xid = task_->xid,
                 .destination_id = {},
                 .text = std::move(text),
                 .raised = now,
                 .cleared = false,
                 .count = count});
}

}  // namespace lictor
