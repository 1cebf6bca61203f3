#include "encoders/spool/spool.h"

#include <algorithm>
#include <cstring>

namespace lictor {
namespace {

// A record of ours takes 128 octets and more, so an index of a sixteenth of the backlog is never what fills up first.
constexpr size_t kRecordBytesUsual = 128;

}  // namespace

Result<std::unique_ptr<Spool>> Spool::make(size_t backlog_bytes) {
  Result<std::unique_ptr<SpscByteRing>> records = SpscByteRing::make(backlog_bytes);
  if (!records.ok()) return records.status();
  const size_t index_bytes = (*records)->capacity() / kRecordBytesUsual * sizeof(SpoolEntry);
  Result<std::unique_ptr<SpscByteRing>> index = SpscByteRing::make(std::max(index_bytes, SpscByteRing::kBytesMin));
  if (!index.ok()) return index.status();
  return std::unique_ptr<Spool>(new Spool(*std::move(records), *std::move(index)));
}

bool Spool::has_room(size_t bytes) {
  return !records_->reserve(bytes).empty() && !index_->reserve(sizeof(SpoolEntry)).empty();
}

MutableBytes Spool::reserve(size_t bytes) {
  if (index_->reserve(sizeof(SpoolEntry)).empty()) return {};
  return records_->reserve(bytes);
}

void Spool::append(TaskSlot slot, size_t bytes) {
  const SpoolEntry entry{.bytes = static_cast<uint32_t>(bytes), .slot = slot};
  std::memcpy(index_->reserve(sizeof entry).data(), &entry, sizeof entry);
  index_->commit(sizeof entry);
  records_->commit(bytes);
}

void Spool::publish() {
  // Bytes before index: an entry that the reader sees has its bytes.
  records_->publish();
  index_->publish();
}

Bytes Spool::readable() const { return records_->readable(); }

std::optional<SpoolEntry> Spool::entry(size_t index) const {
  const Bytes entries = index_->readable();
  if ((index + 1) * sizeof(SpoolEntry) > entries.size()) return std::nullopt;
  SpoolEntry found;
  std::memcpy(&found, entries.data() + index * sizeof found, sizeof found);
  return found;
}

void Spool::release_one() {
  const std::optional<SpoolEntry> oldest = entry(0);
  if (!oldest) return;
  records_->release(oldest->bytes);
  index_->release(sizeof(SpoolEntry));
}

uint64_t Spool::backlog_records() const { return index_->in_flight() / sizeof(SpoolEntry); }

uint64_t Spool::backlog_bytes() const { return records_->in_flight(); }

}  // namespace lictor
