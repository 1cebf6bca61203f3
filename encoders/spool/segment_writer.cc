#include "encoders/spool/segment_writer.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/base/clock.h"

namespace lictor {

SegmentWriter::SegmentWriter(SegmentExchange& exchange, const SegmentShape& shape)
    : exchange_(exchange), record_bytes_max_(shape.blocks_bytes() - block_bytes(1, 0) - kBlockAlign) {
  seals_.reserve(shape.series_max);
}

bool SegmentWriter::make_room(size_t bytes) {
  if (bytes > record_bytes_max_) return false;
  const size_t needed = open_bytes() + block_bytes(1, bytes);
  if (segment_ != nullptr && needed <= segment_->capacity() - offset_) return true;
  seal();
  return next_segment();
}

bool SegmentWriter::next_segment() {
  const std::optional<Segment*> next = exchange_.ready.pop();
  if (!next) return false;
  exchange_.taken_count.store(exchange_.taken_count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  Segment* const before = segment_;
  segment_ = *next;
  records_before_ += segment_records_;
  offset_ = counter_ = segment_records_ = 0;
  // Numbers first: whoever finds the segment in use finds them.
  for (TaskSeal* const seal : seals_) note(*seal);
  if (series_left_out_ > 0) segment_->note_left_out();
  segment_->begin(sequence_++, records_before_);
  if (before != nullptr) before->close();
  LICTOR_CHECK(give(exchange_.taken, segment_));
  return true;
}

void SegmentWriter::add(const SpoolRecord& record, const uint8_t* octets) {
  LICTOR_CHECK(record.seal != nullptr && segment_ != nullptr && record.series < kSeriesKinds);
  const bool joins = run_records_ > 0 && run_records_ < kBlockRecordsMax && record.seal == run_seal_ &&
                     record.series == run_series_ &&
                     table_bytes(run_records_ + 1) + run_bytes_ + record.bytes <= kBlockBytesMax;
  if (!joins) {
    seal();
    run_seal_ = record.seal;
    run_series_ = record.series;
    run_octets_ = octets;
    run_first_ = record.number;
  }
  run_lengths_[run_records_++] = record.bytes;
  run_bytes_ += record.bytes;
  run_last_ = record.number;
}

void SegmentWriter::write_header(BlockHeader& block) const {
  block.counter = counter_;
  std::copy_n(segment_->header().salt.begin(), block.segment_tag.size(), block.segment_tag.begin());
  block.xid = run_seal_->xid().octets;
  block.key_id = run_seal_->key().id();
  block.records = run_records_;
  block.bytes = static_cast<uint32_t>(table_bytes(run_records_) + run_bytes_);
  block.cin = run_seal_->cin();
  block.series = run_series_;
  block.first_number = run_first_;
  block.last_number = run_last_;
  block.sealed_unix_ns = legal_now().unix_ns;
  std::ranges::fill(block.reserved, uint8_t{0});
}

void SegmentWriter::seal() {
  if (run_records_ == 0) return;
  const size_t bytes = open_bytes();
  LICTOR_CHECK(bytes <= segment_->capacity() - offset_);
  uint8_t* const at = segment_->at(offset_);
  auto& block = *reinterpret_cast<BlockHeader*>(at);
  block.magic.store(0, std::memory_order_relaxed);
  write_header(block);
  std::fill(run_lengths_.begin() + run_records_,
            run_lengths_.begin() + static_cast<std::ptrdiff_t>(table_bytes(run_records_) / sizeof(uint32_t)), 0u);
  const Bytes table(reinterpret_cast<const uint8_t*>(run_lengths_.data()), table_bytes(run_records_));
  run_seal_->key().enter(segment_->header().salt);
  run_seal_->key().seal(block, table, {run_octets_, run_bytes_}, at + sizeof block, block.tag);
  run_seal_->set_last(run_series_, run_last_);
  // The block, then its magic, then the head: a process that ends between any two instructions leaves whole blocks.
  block.magic.store(kBlockMagic, std::memory_order_release);
  offset_ += static_cast<uint32_t>(bytes);
  segment_records_ += run_records_;
  ++counter_;
  segment_->set_head(segment_records_, offset_);
  exchange_.bytes.store(exchange_.bytes.load(std::memory_order_relaxed) + run_bytes_, std::memory_order_relaxed);
  exchange_.records.store(records_before_ + segment_records_, std::memory_order_release);
  run_records_ = run_bytes_ = 0;
}

void SegmentWriter::note(TaskSeal& seal) {
  if (segment_->put_series(seal.entry())) return;
  ++series_left_out_;
  segment_->note_left_out();
}

void SegmentWriter::attach(TaskSeal& seal) {
  if (seals_.size() == seals_.capacity()) {
    ++series_left_out_;
    if (segment_ != nullptr) segment_->note_left_out();
    return;
  }
  seals_.push_back(&seal);
  if (segment_ != nullptr) {
    note(seal);
  } else {
    next_segment();  // which notes all of them
  }
}

void SegmentWriter::detach(TaskSeal& seal) {
  if (run_seal_ == &seal) this->seal();
  std::erase(seals_, &seal);
}

}  // namespace lictor
