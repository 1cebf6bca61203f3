#include "encoders/spool/segment.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace lictor {
namespace {

SeriesEntry* series_of(uint8_t* memory) { return reinterpret_cast<SeriesEntry*>(memory + kSegmentHeaderBytes); }

}  // namespace

Result<std::unique_ptr<Segment>> Segment::create(const std::string& path, const SegmentShape& shape) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::create(path, shape.segment_bytes);
  if (!file.ok()) return file.status();
  std::unique_ptr<Segment> segment(new Segment(*std::move(file), shape.blocks_at()));
  SegmentHeader& header = segment->header();
  header.version = kSpoolVersion;
  header.series_max = shape.series_max;
  header.segment_bytes = shape.segment_bytes;
  header.magic = kSegmentMagic;
  if (Status status = segment->prepare(); !status.ok()) {
    segment->file().remove();
    return status;
  }
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::open(const std::string& path) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, kSegmentHeaderBytes);
  if (!file.ok()) return file.status();
  const auto& header = *reinterpret_cast<const SegmentHeader*>((*file)->memory());
  const SegmentShape shape{.segment_bytes = header.segment_bytes, .series_max = header.series_max};
  const bool known = header.magic == kSegmentMagic && header.version == kSpoolVersion &&
                     header.segment_bytes == (*file)->bytes() && header.series_max <= header.segment_bytes / 64 &&
                     shape.blocks_at() < header.segment_bytes && header.segment_bytes <= UINT32_MAX;
  if (!known) return absl::DataLossError("spool: a file is no segment");
  return std::unique_ptr<Segment>(new Segment(*std::move(file), shape.blocks_at()));
}

Status Segment::prepare() {
  SegmentHeader& own = header();
  own.state.store(SegmentState::kFree, std::memory_order_release);
  Salt salt;
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) {
    return absl::UnavailableError("spool: no random octets for a segment");
  }
  own.head.store(0, std::memory_order_relaxed);
  own.closed.store(0, std::memory_order_relaxed);
  own.left_out.store(0, std::memory_order_relaxed);
  own.series_count.store(0, std::memory_order_release);
  own.salt = salt;
  file_->touch();
  return absl::OkStatus();
}

void Segment::begin(uint64_t sequence, uint64_t records_before) {
  SegmentHeader& own = header();
  own.sequence = sequence;
  own.records_before = records_before;
  own.state.store(SegmentState::kInUse, std::memory_order_release);
}

bool Segment::put_series(const SeriesEntry& entry) {
  SegmentHeader& own = header();
  const uint32_t count = own.series_count.load(std::memory_order_relaxed);
  if (count >= own.series_max) return false;
  std::memcpy(series_of(file_->memory()) + count, &entry, sizeof entry);
  own.series_count.store(count + 1, std::memory_order_release);
  return true;
}

std::span<const SeriesEntry> Segment::series() const {
  const uint32_t count = header().series_count.load(std::memory_order_acquire);
  return {series_of(file_->memory()), std::min(count, header().series_max)};
}

const BlockHeader* Segment::block(uint32_t offset, uint32_t counter) const {
  const uint32_t room = capacity();
  if (offset % kBlockAlign != 0 || offset > room || room - offset < sizeof(BlockHeader)) return nullptr;
  const auto* block = reinterpret_cast<const BlockHeader*>(file_->memory() + blocks_at_ + offset);
  if (block->magic.load(std::memory_order_acquire) != kBlockMagic) return nullptr;
  const bool own = block->counter == counter &&
                   std::equal(block->segment_tag.begin(), block->segment_tag.end(), header().salt.begin());
  const bool sane = block->records >= 1 && block->records <= kBlockRecordsMax && block->series < kSeriesKinds &&
                    block->bytes >= table_bytes(block->records) && block->bytes <= room - offset - sizeof(BlockHeader);
  return own && sane ? block : nullptr;
}

}  // namespace lictor
