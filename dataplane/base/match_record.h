// What an rx lcore hands to an encoder lcore: the copy of one packet, the view of it that matched, and the tasks that
// it is for. Plain values in an SpscByteRing: header, then `task_count` MatchedTask, then the frame as received. Each
// begins a cache line: else the encoder, reading the end of one, would take away the line that the next is written to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"

namespace lictor {

// One packet matches at most this many tasks; more are counted as kFanoutLimit.
constexpr size_t kTasksPerPacketMax = 256;

// TS 102 232-1 PayloadDirection, with its values.
enum class Direction : uint8_t { kFromTarget = 0, kToTarget = 1, kIndeterminate = 2 };

// kFrame: the frame has no IP level, and is nobody's but as a whole.
enum class ViewKind : uint8_t { kFrame = 1, kIpv4 = 4, kIpv6 = 6 };

struct MatchedTask {
  TaskSlot slot;
  uint32_t lost_before;  // copies of this task that this rx lcore lost since the last one that got through
  Direction direction;
  bool whole_frame;  // it is handed over as received; else the record's view
  uint8_t reserved[2];
  uint32_t cin;  // of the target's session that the packet is of; 0: the task's own, of what it names without sessions
};

struct MatchRecordHeader {
  uint32_t record_bytes;      // of all three parts, a multiple of 64
  uint32_t frame_bytes;       // of the copy
  uint32_t original_bytes;    // of the frame on the wire, where the port tells; else frame_bytes
  uint32_t view_offset;       // of the matching level's IP header in the frame; of kFrame 0
  uint32_t view_bytes;        // captured octets of it: padding is cut off by the IP length
  uint32_t view_whole_bytes;  // octets that it claims: more than view_bytes where the frame was truncated
  PacketTime arrival;
  uint16_t task_count;  // 1 to kTasksPerPacketMax
  uint16_t port;        // index of the receiving port in the configuration
  ViewKind view_kind;
  uint8_t reserved[3];
};

static_assert(sizeof(MatchedTask) == 16 && std::is_trivially_copyable_v<MatchedTask>);
static_assert(sizeof(MatchRecordHeader) == 40 && std::is_trivially_copyable_v<MatchRecordHeader>);

// Octets that a record takes in a ring.
constexpr size_t match_record_bytes(size_t task_count, size_t frame_bytes) {
  return (sizeof(MatchRecordHeader) + task_count * sizeof(MatchedTask) + frame_bytes + 63) & ~size_t{63};
}

}  // namespace lictor
