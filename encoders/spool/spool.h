// Records of one destination from one encoder lcore, on their way to its handover thread: send buffer and backlog in
// one. Appended at one end, read and released at the other; what is not confirmed stays. This spool is memory: it
// survives a broken connection, not the process. One writer thread, one reader thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/base/spsc_byte_ring.h"

namespace lictor {

struct SpoolEntry {
  uint32_t bytes;
  TaskSlot slot;
};

class Spool {
 public:
  // `backlog_bytes` (rounded up to a power of two) bounds the records' bytes. InvalidArgument outside of the bounds of
  // SpscByteRing, ResourceExhausted where the memory is not to be had.
  static Result<std::unique_ptr<Spool>> make(size_t backlog_bytes);

  // A record of more than this never finds room.
  [[nodiscard]] size_t record_bytes_max() const { return records_->capacity(); }

  // --- writer: the encoder lcore ---
  // Whether a record of `bytes` would find room now.
  [[nodiscard]] bool has_room(size_t bytes);
  // Room for one record, or an empty span where the backlog is full.
  MutableBytes reserve(size_t bytes);
  // The first `bytes` of what was reserved are a record of this task.
  void append(TaskSlot slot, size_t bytes);
  // Shows the reader what was appended. Once a burst.
  void publish();

  // --- reader: the handover thread ---
  // Records from the oldest unreleased one on, contiguous, always whole records. Spans stay valid until their release.
  [[nodiscard]] Bytes readable() const;
  // The entry of the record that starts `index` records behind the oldest unreleased one; nothing past the end.
  [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const;
  // Forgets the oldest record.
  void release_one();

  // --- any thread ---
  [[nodiscard]] uint64_t backlog_records() const;
  [[nodiscard]] uint64_t backlog_bytes() const;

 private:
  Spool(std::unique_ptr<SpscByteRing> records, std::unique_ptr<SpscByteRing> index)
      : records_(std::move(records)), index_(std::move(index)) {}

  const std::unique_ptr<SpscByteRing> records_;  // the records' bytes, back to back: what is sent
  const std::unique_ptr<SpscByteRing> index_;    // one SpoolEntry a record
};

}  // namespace lictor
