#include "encoders/spool/record_ring.h"

#include <algorithm>
#include <cstring>

namespace lictor {
namespace {

// A record of ours takes 128 octets and more, so an index of a sixteenth of the room is never what fills up first.
constexpr size_t kRecordBytesUsual = 128;

}  // namespace

Result<std::unique_ptr<RecordRing>> RecordRing::make(size_t bytes) {
  Result<std::unique_ptr<SpscByteRing>> records = SpscByteRing::make(bytes);
  if (!records.ok()) return records.status();
  const size_t index_bytes = (*records)->capacity() / kRecordBytesUsual * sizeof(SpoolEntry);
  Result<std::unique_ptr<SpscByteRing>> index = SpscByteRing::make(std::max(index_bytes, SpscByteRing::kBytesMin));
  if (!index.ok()) return index.status();
  return std::unique_ptr<RecordRing>(new RecordRing(*std::move(records), *std::move(index)));
}

MutableBytes RecordRing::reserve(size_t bytes) {
  if (index_->reserve(sizeof(SpoolEntry)).empty()) return {};
  return records_->reserve(bytes);
}

void RecordRing::append(const SpoolEntry& entry) {
  std::memcpy(index_->reserve(sizeof entry).data(), &entry, sizeof entry);
  index_->commit(sizeof entry);
  records_->commit(entry.bytes);
}

void RecordRing::publish() {
  // Octets before index: an entry that the reader sees has its octets.
  records_->publish();
  index_->publish();
}

BufferRoom RecordRing::room() const {
  const auto room_of = [](const SpscByteRing& ring) {
    return BufferRoom{.free = ring.capacity() - ring.in_flight(), .capacity = ring.capacity()};
  };
  const BufferRoom octets = room_of(*records_);
  BufferRoom entries = room_of(*index_);
  const uint64_t scale = octets.capacity / entries.capacity;  // both are powers of two
  entries = {.free = entries.free * scale, .capacity = entries.capacity * scale};
  return BufferRoom::scarcer(octets, entries);
}

std::optional<SpoolEntry> RecordRing::entry(size_t index) const {
  const Bytes entries = index_->readable();
  if ((index + 1) * sizeof(SpoolEntry) > entries.size()) return std::nullopt;
  SpoolEntry found;
  std::memcpy(&found, entries.data() + index * sizeof found, sizeof found);
  return found;
}

void RecordRing::release_one() {
  const std::optional<SpoolEntry> oldest = entry(0);
  if (!oldest) return;
  records_->release(oldest->bytes);
  index_->release(sizeof(SpoolEntry));
}

}  // namespace lictor
