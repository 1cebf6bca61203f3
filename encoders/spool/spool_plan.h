// How the spools of a process are configured. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "dataplane/base/clock.h"
#include "encoders/spool/segment_format.h"

namespace lictor {

// Sizes that a spool's segments have.
struct SegmentShape {
  size_t segment_bytes = size_t{4} << 20;  // of the file
  uint32_t series_max = 1024;              // tasks whose numbers its head keeps

  [[nodiscard]] size_t blocks_at() const {
    return kSegmentHeaderBytes + (series_max * sizeof(SeriesEntry) + 4095) / 4096 * 4096;
  }
  [[nodiscard]] size_t blocks_bytes() const { return segment_bytes - blocks_at(); }
};

enum class SyncPolicy : uint8_t {
  kNone,      // the kernel writes when it likes: a crash of the process loses nothing, one of the machine may
  kInterval,  // a crash of the machine loses what the interval is long
  kEachSeal,  // a record is sent when the disk has it
};

struct SpoolPlan {
  bool on_disk = false;
  uint64_t memory_bytes = uint64_t{64} << 20;  // of a spool in memory

  std::string directory;
  std::map<std::string, std::string> directories;  // of destinations that have their own, by id
  SegmentShape shape;
  uint64_t bytes_max = uint64_t{1} << 30;  // of a spool's segments
  uint64_t staging_bytes = uint64_t{8} << 20;
  uint64_t express_bytes = uint64_t{1} << 20;  // that wait in a spool of what goes first; beyond it waits with the rest
  int64_t age_max_ns = int64_t{7} * 86'400 * kNanosecondsPerSecond;
  SyncPolicy sync = SyncPolicy::kNone;
  uint32_t sync_interval_ms = 1000;
};

}  // namespace lictor
