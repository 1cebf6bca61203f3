#include "encoders/encode/held_copies.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {

HeldCopies::HeldCopies(size_t bytes) {
  Result<std::unique_ptr<SpscByteRing>> ring = SpscByteRing::make(std::max(bytes, SpscByteRing::kBytesMin));
  LICTOR_CHECK(ring.ok());
  ring_ = *std::move(ring);
}

void HeldCopies::mark(LegalTime now) {
  if (now < marked_) {
    for (size_t i = 0; i < marks_count_; ++i) {
      at(i).time = std::min(at(i).time, now);
      at(i).begun = std::min(at(i).begun, now);
    }
  }
  marked_ = now;
  drop_passed_marks();
  const uint64_t marked_position = marks_count_ > 0 ? at(marks_count_ - 1).position : popped_;
  if (pushed_ == marked_position) return;
  const bool joins =
      marks_count_ > 0 && (marks_count_ == kMarksMax || now.unix_ns - at(marks_count_ - 1).begun.unix_ns < kMarkNs);
  if (!joins) at(marks_count_++).begun = now;
  at(marks_count_ - 1).position = pushed_;
  at(marks_count_ - 1).time = now;
}

void HeldCopies::drop_passed_marks() {
  while (marks_count_ > 0 && at(0).position <= popped_) {
    first_ = (first_ + 1) % kMarksMax;
    --marks_count_;
  }
}

bool HeldCopies::push(const HeldCopy& held) {
  const ContentRecord& copy = held.copy;
  const MediaForm media = copy.media.value_or(MediaForm{});
  LICTOR_CHECK(media.stream.size() <= MediaForm::kStreamBytesMax);
  const size_t bytes = held_bytes(copy.octets());
  const MutableBytes room = ring_->reserve(bytes);
  if (room.empty()) return false;
  const Header header{.bytes = static_cast<uint32_t>(bytes),
                      .packet_bytes = static_cast<uint32_t>(copy.packet.size()),
                      .slot = held.slot,
                      .lost_before = held.lost_before,
                      .whole_bytes = copy.whole_bytes,
                      .cin = copy.cin,
                      .arrival = copy.arrival,
                      .direction = copy.direction,
                      .is_pinned = held.is_pinned,
                      .is_frame = copy.is_frame,
                      .port = copy.port,
                      .is_media = copy.media.has_value(),
                      .frame = media.frame,
                      .protocol = media.protocol,
                      .stream_bytes = static_cast<uint8_t>(media.stream.size())};
  std::memcpy(room.data(), &header, sizeof header);
  if (!copy.packet.empty()) std::memcpy(room.data() + sizeof header, copy.packet.data(), copy.packet.size());
  if (!media.stream.empty())
    std::memcpy(room.data() + sizeof header + copy.packet.size(), media.stream.data(), media.stream.size());
  ring_->commit(bytes);
  ring_->publish();
  pushed_ += bytes;
  return true;
}

std::optional<HeldCopy> HeldCopies::settled(LegalTime passed, LegalTime now, int64_t settling_ns) {
  drop_passed_marks();
  if (marks_count_ == 0) return std::nullopt;
  const LegalTime taken = at(0).time;
  if (taken > passed || now.unix_ns - taken.unix_ns < settling_ns) return std::nullopt;
  return oldest();
}

std::optional<HeldCopy> HeldCopies::oldest() const {
  if (empty()) return std::nullopt;
  const Bytes octets = ring_->readable();
  Header header;
  std::memcpy(&header, octets.data(), sizeof header);
  HeldCopy held{.slot = header.slot,
                .lost_before = header.lost_before,
                .is_pinned = header.is_pinned,
                .copy = {.packet = octets.subspan(sizeof header, header.packet_bytes),
                         .whole_bytes = header.whole_bytes,
                         .arrival = header.arrival,
                         .direction = header.direction,
                         .port = header.port,
                         .cin = header.cin,
                         .is_frame = header.is_frame}};
  if (header.is_media)
    held.copy.media = MediaForm{.frame = header.frame,
                                .protocol = header.protocol,
                                .stream = octets.subspan(sizeof header + header.packet_bytes, header.stream_bytes)};
  return held;
}

void HeldCopies::pop() {
  const Bytes octets = ring_->readable();
  Header header;
  std::memcpy(&header, octets.data(), sizeof header);
  ring_->release(header.bytes);
  popped_ += header.bytes;
}

}  // namespace lictor
