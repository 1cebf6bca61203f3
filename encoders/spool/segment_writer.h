// The encoder lcore's end of a spool on disk: gathers records of one task and series into a block, seals it into the
// segment, goes on to the next segment. Neither waits nor allocates nor calls the kernel. A record that was given room
// can always be sealed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "encoders/spool/segment_exchange.h"
#include "encoders/spool/spool.h"
#include "encoders/spool/task_seal.h"

namespace lictor {

class SegmentWriter {
 public:
  SegmentWriter(SegmentExchange& exchange, const SegmentShape& shape);

  [[nodiscard]] size_t record_bytes_max() const { return record_bytes_max_; }
  // Whether a record of `bytes` can be added now. May seal what is open, and go to the next segment.
  bool make_room(size_t bytes);
  // A record whose octets stay where they are until the next seal(), and lie right behind the one that was added last.
  void add(const SpoolRecord& record, const uint8_t* octets);
  // Seals what was added since the last time.
  void seal();

  // Numbers of this task are kept in the segments' heads. The seal outlives detach().
  void attach(TaskSeal& seal);
  void detach(TaskSeal& seal);
  // Tasks whose numbers found no place in a segment's head.
  [[nodiscard]] uint64_t series_left_out() const { return series_left_out_; }

 private:
  [[nodiscard]] size_t open_bytes() const { return run_records_ == 0 ? 0 : block_bytes(run_records_, run_bytes_); }
  bool next_segment();
  void write_header(BlockHeader& block) const;
  void note(TaskSeal& seal);

  SegmentExchange& exchange_;
  const size_t record_bytes_max_;
  std::vector<TaskSeal*> seals_;
  Segment* segment_ = nullptr;
  uint64_t sequence_ = 0;
  uint64_t records_before_ = 0;  // in the segments before this one
  uint32_t offset_ = 0;          // of the next block
  uint32_t counter_ = 0;         // of the next block
  uint32_t segment_records_ = 0;
  uint64_t series_left_out_ = 0;

  // The open run: records of one task and series, contiguous in memory.
  TaskSeal* run_seal_ = nullptr;
  uint8_t run_series_ = 0;
  const uint8_t* run_octets_ = nullptr;
  uint32_t run_bytes_ = 0;
  uint32_t run_records_ = 0;
  uint32_t run_first_ = 0;
  uint32_t run_last_ = 0;
  std::array<uint32_t, kBlockRecordsMax> run_lengths_{};
};

}  // namespace lictor
