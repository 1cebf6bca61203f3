// The handover thread's end of a spool on disk: finds the block of a record, opens it into a ring of plain records, and
// gives segments back whose records are all released. What cannot be read has an entry too, with the reason: no record
// disappears. One handover thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/base/clock.h"
#include "encoders/spool/key_book.h"
#include "encoders/spool/record_ring.h"
#include "encoders/spool/segment_exchange.h"

namespace lictor {

// A segment as the reader sees it. `limit`: of one that a former process left, its head as recovery found it.
struct ReadSegment {
  Segment* segment = nullptr;
  uint64_t first_record = 0;
  std::optional<uint64_t> limit;

  [[nodiscard]] uint64_t head() const { return limit ? *limit : segment->head(); }
  [[nodiscard]] uint64_t end_record() const { return first_record + records_of_head(head()); }
  [[nodiscard]] bool is_closed() const { return limit || segment->is_closed(); }
};

class SegmentReader {
 public:
  enum class Load : uint8_t { kNothing, kNoRoom, kLoaded };

  SegmentReader(SegmentExchange& exchange, const KeyBook& keys) : exchange_(exchange), keys_(keys) {}

  // Segments that a former process left, in their order.
  void adopt(std::vector<ReadSegment> segments);
  // Takes over what the writer began.
  void take_new();
  // The block that holds record `number` (or what is left of it from there on) into `ring`, which is not published.
  // Answers how many records that were in `count`.
  Load load(uint64_t number, RecordRing& ring, uint64_t& count);
  // All records below are released: segments without others go back.
  void release_below(uint64_t number);
  // When the block of the oldest unreleased record was sealed; nothing where there is none.
  std::optional<LegalTime> sealed_at(uint64_t number);
  // The end of the block, and of the segment, that holds record `number`.
  [[nodiscard]] uint64_t block_end(uint64_t number);
  [[nodiscard]] uint64_t segment_end() const;
  [[nodiscard]] bool can_give_segment() const { return !segments_.empty() && segments_.front().is_closed(); }
  // Erases the keys that are not needed now, and those that the book does not have any more.
  void forget_keys();

 private:
  struct Place {
    uint64_t sequence = 0;  // of the segment, counted from the first one that this reader saw
    uint32_t offset = 0;
    uint32_t counter = 0;
    uint64_t first_record = 0;
  };
  struct Opened {
    SharedKey key;
    std::unique_ptr<BlockKey> block_key;
  };

  [[nodiscard]] const ReadSegment* segment_of(const Place& place) const;
  [[nodiscard]] const BlockHeader* block_at(const Place& place) const;
  bool find(Place& place, uint64_t number) const;
  void begin_segment(Place& place, uint64_t sequence) const;
  Load load_missing(uint64_t number, uint64_t end, RecordRing& ring, uint64_t& count);
  Load load_gone(const BlockHeader& block, uint32_t skip, TaskSlot slot, GivenUp why, RecordRing& ring,
                 uint64_t& count);
  Load load_block(const ReadSegment& held, const BlockHeader& block, uint32_t skip, RecordRing& ring, uint64_t& count);
  BlockKey* key_for(const Xid& xid, const SharedKey& key);

  SegmentExchange& exchange_;
  const KeyBook& keys_;
  std::deque<ReadSegment> segments_;
  uint64_t first_sequence_ = 0;  // of segments_.front()
  Place load_at_;
  Place age_at_;
  std::map<Xid, Opened> opened_;
};

}  // namespace lictor
