// How HI1 goes to the agency before the IRI that waits for it: through a spool that the handover sends first. What ends
// an interception goes behind its last record, and so does whatever comes behind something of HI1's series that waits
// with IRI: numbers stay in order.
#include "encoders/encode/task_runner.h"

namespace lictor {
namespace {

// liDeactivated says that nothing follows, and a cINReset is the first of its series.
constexpr bool keeps_its_place(EventKind kind) {
  return kind == EventKind::kDeactivated || kind == EventKind::kCinReset;
}

}  // namespace

// Decides only: where neither way has room nothing has happened, and the same is asked again in the next round.
bool TaskRunner::goes_express(const EventRecord& event) {
  const ExpressWay& express = task_->express;
  if (express.spool == nullptr || event.series == RecordKind::kCc) return false;
  if (is_iri(event.kind) || keeps_its_place(event.kind)) return false;
  if (hi1_way_ == Hi1Way::kBehindOwn) {
    // What this task put there is delivered, and with it what a former process left, which goes before.
    const bool is_out = task_->hi2->released_records() >= behind_ || task_->hi2->backlog_records() == 0;
    if (is_out) hi1_way_ = Hi1Way::kExpress;
  }
  if (hi1_way_ != Hi1Way::kExpress) return false;
  return express.spool->backlog_bytes() < express.bytes_max && express.spool->has_room(Encoder::kEventBytesMax);
}

// Not where its disk has no segment ready: that is told as the disk's, and other records find no room there either.
bool TaskRunner::express_is_full() {
  const ExpressWay& express = task_->express;
  if (express.spool == nullptr) return false;
  const uint64_t waits = express.spool->backlog_bytes();
  if (waits >= express.bytes_max) return true;
  return express.bytes_max - waits <= Encoder::kEventBytesMax && !express.spool->has_room(Encoder::kEventBytesMax);
}

// Of HI1's series something has gone into the other spool: what comes next goes behind it, until that is released.
// Where the reader releases records between the two looks, the place is taken for later than it is, never for earlier.
void TaskRunner::note_behind(const EventRecord& event) {
  const bool could_pass = hi1_way_ == Hi1Way::kExpress && !keeps_its_place(event.kind);
  hi1_way_ = Hi1Way::kBehindOwn;
  task_->hi2->publish();
  const uint64_t waits = task_->hi2->backlog_records();
  behind_ = task_->hi2->released_records() + waits;
  if (!could_pass || express_told_ || !express_is_full()) return;
  express_told_ = LegalTime{event.time.unix_ns};
  raise_express_full(*express_told_, false);
}

void TaskRunner::look_at_express(LegalTime now) {
  if (!express_told_ || now < LegalTime{express_told_->unix_ns + kLossReportNs}) return;
  express_told_ = now;
  if (!express_is_full()) end_express_full(now);
}

void TaskRunner::end_express_full(LegalTime now) {
  if (!express_told_) return;
  express_told_.reset();
  raise_express_full(now, true);
}

void TaskRunner::raise_express_full(LegalTime now, bool cleared) {
  alarms_.raise({.code = "express_full",
                 .severity = cleared ? AlarmSeverity::kInformation : AlarmSeverity::kWarning,
                 .xid = task_->xid,
                 .destination_id = {},
                 .text = cleared ? "the spool for HI1 has room again"
                                 : "the spool for HI1 is full: it waits with the IRI, until that is delivered",
                 .raised = now,
                 .cleared = cleared,
                 .count = 1});
}

void TaskRunner::append_express(RecordKind series, uint32_t number, size_t bytes) {
  task_->express.spool->append({.slot = task_->slot,
                                .bytes = static_cast<uint32_t>(bytes),
                                .series = static_cast<uint8_t>(series),
                                .number = number,
                                .seal = task_->express.seal.get()});
  account_.appended.add(1);
  // Before anything is appended that goes behind it: whoever sees that sees this.
  task_->express.spool->publish();
  // Where its numbers stand is asked of the other spool.
  if (task_->hi2_seal != nullptr) task_->hi2_seal->set_last(static_cast<uint8_t>(series), number);
}

}  // namespace lictor
