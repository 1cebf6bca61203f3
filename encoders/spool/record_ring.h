// Records of one destination in memory: octets back to back, exactly as they are sent, and an index with length and
// task of each, so that a reader can hand many to one system call and still account for each of them. One writer
// thread, one reader thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/base/spsc_byte_ring.h"
#include "encoders/spool/fair_reserve.h"
#include "encoders/spool/spool_entry.h"

namespace lictor {

class RecordRing {
 public:
  // Room for `bytes` (rounded up to a power of two). InvalidArgument outside of the bounds of SpscByteRing,
  // ResourceExhausted where the memory is not to be had.
  static Result<std::unique_ptr<RecordRing>> make(size_t bytes);

  [[nodiscard]] size_t capacity() const { return records_->capacity(); }

  // --- writer ---
  // Room for one record, or an empty span.
  MutableBytes reserve(size_t bytes);
  [[nodiscard]] bool has_room_for_entries(size_t count) { return !index_->reserve(count * sizeof(SpoolEntry)).empty(); }
  // The first `entry.bytes` of what was reserved are a record.
  void append(const SpoolEntry& entry);
  // Shows the reader what was appended.
  void publish();
  [[nodiscard]] BufferRoom room() const;

  // --- reader ---
  // Octets of what was published and not released, contiguous. Valid until their release.
  [[nodiscard]] Bytes readable() const { return records_->readable(); }
  // The entry `index` places behind the oldest.
  [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const;
  [[nodiscard]] size_t entries() const { return index_->readable().size() / sizeof(SpoolEntry); }
  void release_one();

  // --- any thread ---
  [[nodiscard]] uint64_t records() const { return index_->in_flight() / sizeof(SpoolEntry); }
  [[nodiscard]] uint64_t bytes() const { return records_->in_flight(); }
  // Keeps the octets out of the swap space. False where the kernel refuses.
  bool lock() { return records_->lock(); }

 private:
  RecordRing(std::unique_ptr<SpscByteRing> records, std::unique_ptr<SpscByteRing> index)
      : records_(std::move(records)), index_(std::move(index)) {}

  const std::unique_ptr<SpscByteRing> records_;  // the records' octets
  const std::unique_ptr<SpscByteRing> index_;    // one SpoolEntry a record
};

}  // namespace lictor
