// A spool that is memory: bounded by its ring, full is a counted drop at the writer. Lost with the process, and counted
// then (kShutdown). Threads as for every spool.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "encoders/spool/record_ring.h"
#include "encoders/spool/spool.h"

namespace lictor {

class MemorySpool final : public Spool {
 public:
  // `backlog_bytes` (rounded up to a power of two) bounds the records' octets; else as RecordRing::make().
  static Result<std::unique_ptr<Spool>> make(size_t backlog_bytes) {
    Result<std::unique_ptr<RecordRing>> ring = RecordRing::make(backlog_bytes);
    if (!ring.ok()) return ring.status();
    return std::unique_ptr<Spool>(new MemorySpool(*std::move(ring)));
  }

  [[nodiscard]] size_t record_bytes_max() const override { return ring_->capacity(); }
  MutableBytes reserve(size_t bytes) override { return ring_->reserve(bytes); }
  void append(const SpoolRecord& record) override { ring_->append(record.entry()); }
  using Spool::append;
  void publish() override { ring_->publish(); }

  [[nodiscard]] Bytes readable() const override { return ring_->readable(); }
  [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const override { return ring_->entry(index); }
  void release_one(RecordFate) override {
    released_.store(released_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    ring_->release_one();
  }

  [[nodiscard]] uint64_t backlog_records() const override { return ring_->records(); }
  [[nodiscard]] uint64_t backlog_bytes() const override { return ring_->bytes(); }
  [[nodiscard]] uint64_t released_records() const override { return released_.load(std::memory_order_acquire); }

 protected:
  [[nodiscard]] BufferRoom room() const override { return ring_->room(); }

 private:
  explicit MemorySpool(std::unique_ptr<RecordRing> ring) : ring_(std::move(ring)) {}

  const std::unique_ptr<RecordRing> ring_;
  std::atomic<uint64_t> released_{0};  // written by the reader, before the record is out of the backlog
};

}  // namespace lictor
