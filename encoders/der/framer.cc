#include "encoders/der/framer.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "encoders/der/tlv.h"

namespace lictor::der {
namespace {

constexpr uint8_t kSequence = 0x30;

}  // namespace

Frame frame_at_front(Bytes pending) {
  if (pending.empty()) return {};
  if (pending.front() != kSequence) return {.status = FrameStatus::kBroken};
  ByteReader in(pending);
  const TlvHeader header = read_tlv_header(in);
  if (header.status == TlvStatus::kCut) return {};
  if (header.status != TlvStatus::kOk || header.length > kRecordBytesMax) return {.status = FrameStatus::kBroken};
  const size_t header_bytes = pending.size() - in.remaining();
  if (header_bytes + header.length > kRecordBytesMax) return {.status = FrameStatus::kBroken};
  if (in.remaining() < header.length) return {};
  return {.status = FrameStatus::kRecord, .record = pending.first(header_bytes + header.length)};
}

MutableBytes Framer::room() {
  // What is left is less than a record: moving it to the front costs little beside reading a chunk.
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < chunk_bytes_) buffer_.resize(end_ + chunk_bytes_);
  return MutableBytes(buffer_).subspan(end_);
}

Frame Framer::next() {
  LICTOR_CHECK(end_ <= buffer_.size());
  const Frame frame = frame_at_front(Bytes(buffer_).subspan(begin_, end_ - begin_));
  if (frame.status == FrameStatus::kRecord) begin_ += frame.record.size();
  return frame;
}

}  // namespace lictor::der
