// One segment of a spool: a mapped file, its header, and its blocks. Prepared and taken away by the keeper, filled by
// the encoder lcore, read by the handover thread; each field of the header says who writes it (segment_format.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/spool/block_cipher.h"
#include "encoders/spool/mapped_file.h"
#include "encoders/spool/segment_format.h"
#include "encoders/spool/spool_plan.h"

namespace lictor {

class Segment {
 public:
  static Result<std::unique_ptr<Segment>> create(const std::string& path, const SegmentShape& shape);
  // One that an earlier process left. DataLoss where it is none.
  static Result<std::unique_ptr<Segment>> open(const std::string& path);

  // --- keeper ---
  // A new life: a new salt, no blocks. Only while nobody else has it. Unavailable where there is no randomness.
  Status prepare();
  [[nodiscard]] MappedFile& file() { return *file_; }
  [[nodiscard]] const MappedFile& file() const { return *file_; }

  // --- writer ---
  void begin(uint64_t sequence, uint64_t records_before);
  // False where the table is full.
  bool put_series(const SeriesEntry& entry);
  [[nodiscard]] uint8_t* at(uint32_t offset) { return file_->memory() + blocks_at_ + offset; }
  void set_head(uint32_t records, uint32_t bytes) {
    header().head.store(pack_head(records, bytes), std::memory_order_release);
  }
  // Not every task that writes here has its numbers in the table.
  void note_left_out() { header().left_out.store(1, std::memory_order_release); }
  void close() { header().closed.store(1, std::memory_order_release); }

  // --- reader ---
  // The block at `offset`, which must be the `counter`th; null where there is none, or its header cannot be true.
  [[nodiscard]] const BlockHeader* block(uint32_t offset, uint32_t counter) const;
  [[nodiscard]] const uint8_t* ciphertext(const BlockHeader& block) const {
    return reinterpret_cast<const uint8_t*>(&block) + sizeof(BlockHeader);
  }
  [[nodiscard]] std::span<const SeriesEntry> series() const;
  [[nodiscard]] bool is_left_out() const { return header().left_out.load(std::memory_order_acquire) != 0; }

  // --- any of them ---
  [[nodiscard]] uint32_t capacity() const { return static_cast<uint32_t>(file_->bytes() - blocks_at_); }
  [[nodiscard]] uint64_t head() const { return header().head.load(std::memory_order_acquire); }
  [[nodiscard]] bool is_closed() const { return header().closed.load(std::memory_order_acquire) != 0; }
  [[nodiscard]] SegmentHeader& header() { return *reinterpret_cast<SegmentHeader*>(file_->memory()); }
  [[nodiscard]] const SegmentHeader& header() const { return *reinterpret_cast<const SegmentHeader*>(file_->memory()); }

 private:
  Segment(std::unique_ptr<MappedFile> file, size_t blocks_at) : file_(std::move(file)), blocks_at_(blocks_at) {}

  const std::unique_ptr<MappedFile> file_;
  const size_t blocks_at_;
};

}  // namespace lictor
