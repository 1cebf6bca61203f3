#include "perf/copy_tail.h"

#include <cstring>

#include "dataplane/base/match_record.h"

namespace lictor::perf {

bool CopyTail::round() noexcept {
  const Bytes readable = ring_.bytes->readable();
  uint64_t copies = 0;
  size_t taken = 0;
  MatchRecordHeader header;
  while (taken < readable.size()) {
    std::memcpy(&header, readable.data() + taken, sizeof(header));
    if (taken + header.record_bytes > kPieceBytes) break;
    copies += header.task_count;
    taken += header.record_bytes;
  }
  if (taken == 0) return false;
  std::memcpy(copy_.data(), readable.data(), taken);
  ring_.bytes->release(taken);
  copies_.add(copies);
  return true;
}

TailTotals CopyTail::totals() const {
  const uint64_t copies = copies_.get();
  return {.copies = copies, .appended = copies, .delivered = copies};
}

}  // namespace lictor::perf
