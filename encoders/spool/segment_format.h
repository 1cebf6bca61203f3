// What lies on disk: segments of blocks, and the head of a spool. One machine writes and reads it: integers are its
// own. The order of the writes is part of the format, README.md says why: whoever finds a block's magic finds the whole
// block, whoever finds a segment's head finds the blocks below it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/drop_reason.h"

namespace lictor {

constexpr uint32_t kBlockMagic = 0x4b4c424c;
constexpr uint64_t kSegmentMagic = 0x31474553'5443494c;
constexpr uint64_t kHeadMagic = 0x31444148'5443494c;
constexpr uint32_t kSpoolVersion = 2;

constexpr size_t kSaltBytes = 32;
constexpr size_t kTagBytes = 16;
constexpr size_t kSeriesKinds = 7;  // of RecordKind
// Octets and records of a block at most; a record that is longer has a block of its own.
constexpr size_t kBlockBytesMax = size_t{16} << 10;
constexpr uint32_t kBlockRecordsMax = 128;
constexpr size_t kBlockAlign = 16;

constexpr size_t align_block(size_t bytes) { return (bytes + kBlockAlign - 1) & ~(kBlockAlign - 1); }

// In the clear, authenticated up to `tag`. Behind it the ciphertext: a table of the records' lengths, padded to
// kBlockAlign, then the records.
struct BlockHeader {
  std::atomic<uint32_t> magic;         // written last
  uint32_t counter;                    // of the block in its segment: the nonce
  std::array<uint8_t, 8> segment_tag;  // of the salt: blocks of the segment's former life are told apart
  std::array<uint8_t, 16> xid;
  std::array<uint8_t, 8> key_id;
  uint32_t records;
  uint32_t bytes;  // of the ciphertext
  uint32_t cin;
  uint32_t series;
  uint32_t first_number;
  uint32_t last_number;
  int64_t sealed_unix_ns;
  std::array<uint8_t, kTagBytes> tag;
  uint8_t reserved[8];
};
static_assert(sizeof(BlockHeader) == 96 && offsetof(BlockHeader, tag) == 72);
static_assert(std::atomic<uint32_t>::is_always_lock_free && std::atomic<uint64_t>::is_always_lock_free);

constexpr size_t kBlockAuthenticated = offsetof(BlockHeader, tag);

constexpr size_t table_bytes(size_t records) { return align_block(records * sizeof(uint32_t)); }
constexpr size_t block_bytes(size_t records, size_t record_bytes) {
  return align_block(sizeof(BlockHeader) + table_bytes(records) + record_bytes);
}

// The next numbers of a task's series.
struct SeriesEntry {
  std::array<uint8_t, 16> xid;
  uint32_t cin;
  std::array<uint32_t, kSeriesKinds> next;
};
static_assert(sizeof(SeriesEntry) == 48);

enum class SegmentState : uint32_t { kFree = 0, kInUse = 1 };

struct SegmentHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t series_max;
  uint64_t segment_bytes;  // of the file
  std::array<uint8_t, kSaltBytes> salt;
  uint64_t sequence;        // of the segment in its spool
  uint64_t records_before;  // records of the spool in the segments before this one
  std::atomic<SegmentState> state;
  std::atomic<uint32_t> series_count;
  alignas(64) std::atomic<uint64_t> head;  // records << 32 | octets of whole blocks; by the encoder lcore
  std::atomic<uint32_t> closed;            // nothing follows in this segment
  std::atomic<uint32_t> left_out;          // tasks wrote here that are not in the table; by the encoder lcore
};

constexpr size_t kSegmentHeaderBytes = 4096;
static_assert(sizeof(SegmentHeader) <= kSegmentHeaderBytes);

constexpr uint64_t pack_head(uint32_t records, uint32_t bytes) { return uint64_t{records} << 32 | bytes; }
constexpr uint32_t records_of_head(uint64_t head) { return static_cast<uint32_t>(head >> 32); }
constexpr uint32_t bytes_of_head(uint64_t head) { return static_cast<uint32_t>(head); }

// What became of the records that were released: released == confirmed + unconfirmed + sum of given_up.
struct ReleaseAccount {
  uint64_t released;
  uint64_t confirmed;
  uint64_t unconfirmed;
  std::array<uint64_t, 16> given_up;  // by GivenUp
};
static_assert(kReasons<GivenUp> <= std::tuple_size_v<decltype(ReleaseAccount::given_up)>);

struct SpoolHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t synced_always;           // the fsync policy was "each seal"
  std::array<uint8_t, 16> boot_id;  // of the machine's run in which it was written
  std::atomic<uint32_t> current;    // which of `accounts` holds; by the handover thread
  std::array<ReleaseAccount, 2> accounts;
};
constexpr size_t kSpoolHeaderBytes = 4096;
static_assert(sizeof(SpoolHeader) <= kSpoolHeaderBytes);

}  // namespace lictor
