#include "encoders/spool/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Keys that are held ready while a backlog is read.
constexpr size_t kOpenedMax = 64;

Xid xid_of(const BlockHeader& block) { return Xid{.octets = block.xid}; }

uint32_t record_octets(const BlockHeader& block) {
  return block.bytes - static_cast<uint32_t>(table_bytes(block.records));
}

}  // namespace

void SegmentReader::adopt(std::vector<ReadSegment> segments) {
  for (const ReadSegment& segment : segments) segments_.push_back(segment);
  begin_segment(load_at_, first_sequence_);
  begin_segment(age_at_, first_sequence_);
}

void SegmentReader::take_new() {
  while (const std::optional<Segment*> next = exchange_.taken.pop()) {
    segments_.push_back({.segment = *next, .first_record = (*next)->header().records_before, .limit = {}});
  }
}

const ReadSegment* SegmentReader::segment_of(const Place& place) const {
  if (place.sequence < first_sequence_ || place.sequence - first_sequence_ >= segments_.size()) return nullptr;
  return &segments_[place.sequence - first_sequence_];
}

void SegmentReader::begin_segment(Place& place, uint64_t sequence) const {
  place = {.sequence = sequence, .offset = 0, .counter = 0, .first_record = 0};
  if (const ReadSegment* const held = segment_of(place)) place.first_record = held->first_record;
}

// Of whole blocks only: the writer may be at work behind them.
const BlockHeader* SegmentReader::block_at(const Place& place) const {
  const ReadSegment* const held = segment_of(place);
  if (held == nullptr || place.offset >= bytes_of_head(held->head())) return nullptr;
  return held->segment->block(place.offset, place.counter);
}

// Goes on to the block that holds `number`, or to where it would be. False where it was not written yet.
bool SegmentReader::find(Place& place, uint64_t number) const {
  if (place.sequence < first_sequence_ || number < place.first_record) begin_segment(place, first_sequence_);
  while (const ReadSegment* const held = segment_of(place)) {
    if (number >= held->end_record()) {
      if (!held->is_closed() || segment_of({.sequence = place.sequence + 1}) == nullptr) return false;
      // Read again: it may have grown until it was closed.
      if (number < held->end_record()) continue;
      begin_segment(place, place.sequence + 1);
      continue;
    }
    if (place.offset == 0) place.first_record = held->first_record;
    const BlockHeader* const block = block_at(place);
    if (block == nullptr || number < place.first_record + block->records) return true;
    place.first_record += block->records;
    place.offset += static_cast<uint32_t>(align_block(sizeof(BlockHeader) + block->bytes));
    ++place.counter;
  }
  return false;
}

SegmentReader::Load SegmentReader::load(uint64_t number, RecordRing& ring, uint64_t& count) {
  if (!find(load_at_, number)) return Load::kNothing;
  const ReadSegment& held = *segment_of(load_at_);
  // A whole segment is missing, or the rest of this one makes no sense.
  if (number < held.first_record) return load_missing(number, held.first_record, ring, count);
  const BlockHeader* const block = block_at(load_at_);
  if (block == nullptr) return load_missing(number, held.end_record(), ring, count);
  return load_block(held, *block, static_cast<uint32_t>(number - load_at_.first_record), ring, count);
}

SegmentReader::Load SegmentReader::load_missing(uint64_t number, uint64_t end, RecordRing& ring, uint64_t& count) {
  for (count = 0; number + count < end && count < kBlockRecordsMax; ++count) {
    if (!ring.has_room_for_entries(1)) break;
    ring.append({.slot = kNoTask, .gone = GivenUp::kUnreadable});
  }
  return count > 0 ? Load::kLoaded : Load::kNoRoom;
}

SegmentReader::Load SegmentReader::load_gone(const BlockHeader& block, uint32_t skip, TaskSlot slot, GivenUp why,
                                             RecordRing& ring, uint64_t& count) {
  if (!ring.has_room_for_entries(block.records)) return Load::kNoRoom;
  uint32_t bytes = skip == 0 ? record_octets(block) : 0;
  for (uint32_t i = skip; i < block.records; ++i) {
    ring.append({.slot = slot, .detail = std::exchange(bytes, 0), .gone = why});
  }
  count = block.records - skip;
  return Load::kLoaded;
}

SegmentReader::Load SegmentReader::load_block(const ReadSegment& held, const BlockHeader& block, uint32_t skip,
                                              RecordRing& ring, uint64_t& count) {
  const Xid xid = xid_of(block);
  const std::optional<KeyBook::Entry> entry = keys_.find(xid);
  if (!entry) return load_gone(block, skip, kNoTask, GivenUp::kNoKey, ring, count);
  if (entry->key == nullptr) return load_gone(block, skip, entry->slot, GivenUp::kRevoked, ring, count);
  BlockKey* const key = key_for(xid, entry->key);
  if (key == nullptr) return Load::kNoRoom;  // no memory now: later
  if (key->id() != block.key_id) return load_gone(block, skip, entry->slot, GivenUp::kNoKey, ring, count);
  const MutableBytes plain = ring.reserve(block.bytes);
  if (plain.empty() || !ring.has_room_for_entries(block.records)) return Load::kNoRoom;
  key->enter(held.segment->header().salt);
  std::array<uint32_t, kBlockRecordsMax> lengths{};
  const size_t table = table_bytes(block.records);
  uint64_t sum = 0;
  const bool opened = key->open(block, held.segment->ciphertext(block), plain);
  if (opened) {
    std::memcpy(lengths.data(), plain.data(), block.records * sizeof(uint32_t));
    for (uint32_t i = 0; i < block.records; ++i) sum += lengths[i];
  }
  if (!opened || sum != record_octets(block)) {
    return load_gone(block, skip, entry->slot, GivenUp::kUnreadable, ring, count);
  }
  size_t at = table;
  for (uint32_t i = 0; i < skip; ++i) at += lengths[i];
  std::memmove(plain.data(), plain.data() + at, plain.size() - at);
  for (uint32_t i = skip; i < block.records; ++i) {
    // Where numbers were skipped inside the block, those before its last record are a lower bound.
    const uint32_t number = i + 1 == block.records ? block.last_number : block.first_number + i;
    ring.append(
        {.bytes = lengths[i], .slot = entry->slot, .detail = number, .series = static_cast<uint8_t>(block.series)});
  }
  count = block.records - skip;
  return Load::kLoaded;
}

BlockKey* SegmentReader::key_for(const Xid& xid, const SharedKey& key) {
  Opened& opened = opened_[xid];
  if (opened.key == key) return opened.block_key.get();
  if (opened_.size() > kOpenedMax) {
    opened_.clear();
    return key_for(xid, key);
  }
  Result<std::unique_ptr<BlockKey>> made = BlockKey::make(key, xid, false);
  if (!made.ok()) return nullptr;
  opened = {.key = key, .block_key = *std::move(made)};
  return opened.block_key.get();
}

void SegmentReader::forget_keys() {
  std::erase_if(opened_, [this](const auto& opened) {
    const std::optional<KeyBook::Entry> entry = keys_.find(opened.first);
    return !entry || entry->key != opened.second.key;
  });
}

void SegmentReader::release_below(uint64_t number) {
  while (!segments_.empty()) {
    const ReadSegment& oldest = segments_.front();
    if (!oldest.is_closed() || number < oldest.end_record()) return;
    if (!give(exchange_.freed, oldest.segment)) return;
    segments_.pop_front();
    ++first_sequence_;
  }
}

std::optional<LegalTime> SegmentReader::sealed_at(uint64_t number) {
  if (!find(age_at_, number)) return std::nullopt;
  const BlockHeader* const block = block_at(age_at_);
  if (block == nullptr) return std::nullopt;
  return LegalTime{block->sealed_unix_ns};
}

uint64_t SegmentReader::block_end(uint64_t number) {
  if (!find(age_at_, number)) return number;
  const BlockHeader* const block = block_at(age_at_);
  return block == nullptr ? segment_of(age_at_)->end_record() : age_at_.first_record + block->records;
}

uint64_t SegmentReader::segment_end() const { return segments_.empty() ? 0 : segments_.front().end_record(); }

}  // namespace lictor
