// Records that an acceptance run asks for: they stand for no packet and no event, and go the way of all others.
#include "dataplane/base/check.h"
#include "encoders/encode/task_runner.h"

namespace lictor {

bool TaskRunner::test(const TestRecord& record, LegalTime now) {
  if (phase_ != Phase::kActive || !wants(record.series)) return false;
  if (record.packet.empty()) {
    enqueue(EventKind::kTestPdu, record.series, now);
  } else {
    append_test_content(record.packet, now);
  }
  reckon_due();
  return true;
}

// Counts as an event: no rx lcore has matched it.
void TaskRunner::append_test_content(const std::string& packet, LegalTime now) {
  const ContentRecord content{.packet = as_bytes(packet),
                              .whole_bytes = static_cast<uint32_t>(packet.size()),
                              .arrival = {now.unix_ns},
                              .direction = Direction::kFromTarget};
  if (gathered_.payloads > 0) tested_ = close_gathered() || tested_;
  if (!waiting_hi3_.empty()) tested_ = flush(waiting_hi3_, task_->hi3) || tested_;
  account_.events.add(1);
  const size_t bytes_max = task_->encoder->content_bytes_max(packet.size());
  const MutableBytes room = waiting_hi3_.empty() ? task_->hi3->reserve(bytes_max) : MutableBytes{};
  const uint32_t number = next(RecordKind::kCc) + skip(RecordKind::kCc);
  const size_t bytes = room.empty() ? 0 : task_->encoder->encode_content(content, number, room);
  if (bytes == 0) {
    account_.dropped.add(room.empty() ? task_->hi3->refusal() : RecordDrop::kEncodeFailed);
    ++skip(RecordKind::kCc);
    return;
  }
  LICTOR_CHECK(bytes <= bytes_max);
  complete(RecordKind::kCc, 0, number, room.first(bytes));
  append(RecordKind::kCc, number, bytes);
  next(RecordKind::kCc) = number + 1;
  skip(RecordKind::kCc) = 0;
  tested_ = true;
}

}  // namespace lictor
