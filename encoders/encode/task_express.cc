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

bool TaskRunner::goes_express(const EventRecord& event) {
  ExpressWay& express = task_->express;
  if (express.spool == nullptr || event.series == RecordKind::kCc) return false;
  if (is_iri(event.kind) || keeps_its_place(event.kind)) return false;
  if (hi1_way_ == Hi1Way::kBehindOwn) {
    // What this task put there is delivered, and with it what a former process left, which goes before.
    task_->hi2->publish();
    if (task_->hi2->backlog_records() == 0) hi1_way_ = Hi1Way::kExpress;
  }
  if (hi1_way_ != Hi1Way::kExpress) return false;
  if (express.spool->backlog_bytes() < express.bytes_max && express.spool->has_room(Encoder::kEventBytesMax))
    return true;
  hi1_way_ = Hi1Way::kBehindOwn;
  alarms_.raise({.code = "express_full",
                 .severity = AlarmSeverity::kWarning,
                 .xid = task_->xid,
                 .destination_id = {},
                 .text = "the spool for HI1 is full: it waits with the IRI, until that is delivered",
                 .raised = {event.time.unix_ns},
                 .cleared = false,
                 .count = 1});
  return false;
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
