// What becomes of a task's copies: a record each, or several packets in one. Such a record is closed when it has as
// many or as much as the profile says, when the first of them has waited long enough, when a number is skipped, when a
// packet of another session comes, and when the interception changes or ends. One number a record.
#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"
#include "encoders/encode/task_runner.h"

namespace lictor {
namespace {

// No more than a record of the spool holds, whatever the profile says: one that never has room would lose every packet.
// What goes around the packets has at most half of it.
void bound_plan(AggregationPlan& plan, const Encoder& encoder, size_t record_bytes_max) {
  const size_t around = encoder.aggregate_bytes_max(0);
  const size_t room = record_bytes_max > around ? record_bytes_max - around : 0;
  const size_t overhead = encoder.payload_bytes_max(0);
  plan.payloads = static_cast<uint32_t>(std::clamp<size_t>(room / 2 / overhead, 1, plan.payloads));
  if (!plan.on()) return;
  plan.bytes = static_cast<uint32_t>(std::min<size_t>(plan.bytes, room - plan.payloads * overhead));
}

}  // namespace

bool TaskRunner::take(const ContentRecord& copy, uint32_t lost_before, EncodeMode mode, LegalTime now) {
  if ((phase_ != Phase::kPending && phase_ != Phase::kActive) || !wants(RecordKind::kCc)) {
    account_.copies.add(1);
    account_.dropped.add(RecordDrop::kNoMediation);
    return true;
  }
  if (phase_ == Phase::kPending) {
    activate();
    flush();
  }
  mode_ = mode;
  return deliver(copy, lost_before, now);
}

bool TaskRunner::deliver(const ContentRecord& copy, uint32_t lost_before, LegalTime now) {
  if (task_->aggregation.on()) return gather(copy, lost_before, now);
  return take_alone(copy, lost_before);
}

void TaskRunner::note_arrival(const ContentRecord& copy, uint32_t lost_before) {
  if (copy.cin == 0) account_.copies.add(1);  // a session's counts when it begins to wait
  const std::optional<PacketTime> before = std::exchange(arrived_, copy.arrival);
  if (lost_before == 0) return;
  skip(RecordKind::kCc, copy.cin) += lost_before;
  if (copy.cin != 0) return;  // told when it began to wait
  note_lost(lost_before, before.value_or(copy.arrival), copy.arrival);
}

// A record of its own.
bool TaskRunner::take_alone(const ContentRecord& copy, uint32_t lost_before) {
  const bool lossless = mode_ == EncodeMode::kLossless;
  // A cINReset that still waits is the first of this series: nothing passes it.
  if (!waiting_hi3_.empty()) flush(waiting_hi3_, task_->hi3);
  const size_t bytes_max = task_->encoder->content_bytes_max(copy.octets());
  const bool admitted = lossless || task_->hi3->admits(task_->slot, bytes_max);
  const MutableBytes room = waiting_hi3_.empty() && admitted ? task_->hi3->reserve(bytes_max) : MutableBytes{};
  if (room.empty() && lossless && bytes_max <= task_->hi3->record_bytes_max()) return false;
  if (chain_ != nullptr && lossless && !lane_->has_room(bytes_max)) return false;

  note_arrival(copy, lost_before);
  SeriesNumbers& series = numbers(copy.cin);
  uint32_t& skipped = series.skip[static_cast<size_t>(RecordKind::kCc)];
  uint32_t& next_number = series.next[static_cast<size_t>(RecordKind::kCc)];
  const uint32_t number = next_number + skipped;
  const size_t bytes = room.empty() ? 0 : task_->encoder->encode_content(copy, number, room);
  progress_.offered_octets.add(bytes == 0 ? bytes_max : bytes);
  if (bytes == 0) {
    account_.dropped.add(!admitted      ? RecordDrop::kFairShare
                         : room.empty() ? task_->hi3->refusal()
                                        : RecordDrop::kEncodeFailed);
    ++skipped;
    note_lost(1, copy.arrival, copy.arrival);
    return true;
  }
  LICTOR_CHECK(bytes <= bytes_max);
  complete(RecordKind::kCc, copy.cin, number, room.first(bytes));
  append(RecordKind::kCc, is_in_own_series(copy.cin) ? number : next(RecordKind::kCc) - 1, bytes);
  next_number = number + 1;
  skipped = 0;
  return true;
}

// Room for what a record may hold; a packet that is larger has a record of its own.
void TaskRunner::prepare_gather() {
  AggregationPlan& plan = task_->aggregation;
  if (!task_->encoder->aggregates()) plan.payloads = 1;
  if (plan.on() && task_->hi3 != nullptr) bound_plan(plan, *task_->encoder, task_->hi3->record_bytes_max());
  if (!plan.on()) return;
  const size_t overheads = plan.payloads * task_->encoder->payload_bytes_max(0);
  gathered_.octets.resize(std::max(gathered_.octets.size(), plan.bytes + overheads));
}

// False where it has to wait for room, and nothing has happened.
bool TaskRunner::gather(const ContentRecord& copy, uint32_t lost_before, LegalTime now) {
  Gathered& gathered = gathered_;
  const AggregationPlan& plan = task_->aggregation;
  const bool fits = gathered.payloads < plan.payloads && gathered.packet_bytes + copy.octets() <= plan.bytes;
  const bool is_alike =
      gathered.cin == copy.cin && gathered.is_frame == copy.is_frame && gathered.is_media == copy.media.has_value();
  const bool joins = fits && lost_before == 0 && (gathered.payloads == 0 || is_alike);
  if (!joins && !close_gathered()) return false;
  if (copy.octets() > plan.bytes) return take_alone(copy, lost_before);
  note_arrival(copy, lost_before);
  const size_t bytes = task_->encoder->encode_payload(copy, MutableBytes(gathered.octets).subspan(gathered.bytes));
  if (bytes == 0) {
    account_.dropped.add(RecordDrop::kEncodeFailed);
    ++skip(RecordKind::kCc, copy.cin);
    note_lost(1, copy.arrival, copy.arrival);
    return true;
  }
  if (gathered.payloads == 0) {
    pin(copy.cin);
    gathered.skip_before = std::exchange(skip(RecordKind::kCc, copy.cin), 0);
    gathered.first = copy.arrival;
    gathered.cin = copy.cin;
    gathered.is_frame = copy.is_frame;
    gathered.is_media = copy.media.has_value();
    gathered.due = {now.unix_ns + int64_t{plan.ms} * 1'000'000};
    due_ = std::min(due_, gathered.due);
  }
  gathered.bytes += bytes;
  gathered.packet_bytes += copy.octets();
  gathered.last = copy.arrival;
  ++gathered.payloads;
  if (gathered.payloads == plan.payloads || gathered.packet_bytes == plan.bytes) close_gathered();
  return true;
}

// What was gathered becomes a record, or its packets' counted loss. False where it waits for room.
bool TaskRunner::close_gathered() {
  Gathered& gathered = gathered_;
  if (gathered.payloads == 0) return true;
  if (!wants(RecordKind::kCc)) {
    lose_gathered(RecordDrop::kNoMediation);
    return true;
  }
  if (!waiting_hi3_.empty()) flush(waiting_hi3_, task_->hi3);
  const size_t bytes_max = task_->encoder->aggregate_bytes_max(gathered.bytes);
  const bool lossless = mode_ == EncodeMode::kLossless;
  const bool admitted = lossless || task_->hi3->admits(task_->slot, bytes_max);
  const MutableBytes room = waiting_hi3_.empty() && admitted ? task_->hi3->reserve(bytes_max) : MutableBytes{};
  if (room.empty() && lossless && bytes_max <= task_->hi3->record_bytes_max()) return false;
  if (chain_ != nullptr && lossless && !lane_->has_room(bytes_max)) return false;
  const uint32_t number = next(RecordKind::kCc, gathered.cin) + gathered.skip_before;
  const Bytes payloads = Bytes(gathered.octets).first(gathered.bytes);
  const size_t bytes =
      room.empty() ? 0 : task_->encoder->encode_aggregate(payloads, gathered.last, gathered.cin, number, room);
  progress_.offered_octets.add(bytes == 0 ? bytes_max : bytes);
  if (bytes == 0) {
    lose_gathered(!admitted      ? RecordDrop::kFairShare
                  : room.empty() ? task_->hi3->refusal()
                                 : RecordDrop::kEncodeFailed);
    return true;
  }
  LICTOR_CHECK(bytes <= bytes_max);
  complete(RecordKind::kCc, gathered.cin, number, room.first(bytes));
  append(RecordKind::kCc, is_in_own_series(gathered.cin) ? number : next(RecordKind::kCc) - 1, bytes);
  account_.aggregated.add(gathered.payloads - 1);
  next(RecordKind::kCc, gathered.cin) = number + 1;
  clear_gathered();
  return true;
}

// Each of its packets counts, and leaves a gap, as if it had been to have a record of its own.
void TaskRunner::lose_gathered(RecordDrop reason) {
  Gathered& gathered = gathered_;
  if (gathered.payloads == 0) return;
  account_.dropped.add(reason, gathered.payloads);
  skip(RecordKind::kCc, gathered.cin) += gathered.skip_before + gathered.payloads;
  note_lost(gathered.payloads, gathered.first, gathered.last);
  clear_gathered();
}

void TaskRunner::clear_gathered() {
  unpin(gathered_.cin);
  gathered_.clear();
}

}  // namespace lictor
