#include "encoders/spool/recovery.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "encoders/encoder.h"

namespace lictor {
namespace {

// Segments that may be missing in a row; more is nonsense.
constexpr uint64_t kMissingMax = 65536;

std::unique_ptr<MappedFile> open_header(const std::string& path) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, kSpoolHeaderBytes);
  if (!file.ok()) return nullptr;
  const auto& header = *reinterpret_cast<const SpoolHeader*>((*file)->memory());
  if (header.magic != kHeadMagic || header.version != kSpoolVersion) return nullptr;
  return *std::move(file);
}

// A head that its segment cannot have says nothing: a record takes four octets at least, in its block's table.
uint64_t plausible_head(const Segment& segment) {
  const uint64_t head = segment.head();
  const bool fits = bytes_of_head(head) <= segment.capacity() && records_of_head(head) <= segment.capacity() / 4;
  return fits ? head : 0;
}

// Where a segment's records begin: behind those of the one before, unless others are missing between them.
uint64_t first_record_of(const Segment& segment, uint64_t sequence_before, uint64_t end_before) {
  const SegmentHeader& header = segment.header();
  const uint64_t missing = header.sequence - sequence_before - 1;
  const bool believable = missing < kMissingMax && header.records_before >= end_before &&
                          header.records_before - end_before <= missing * (segment.capacity() / 4);
  return believable ? header.records_before : end_before;
}

// On a side are records of one kind, and the hashes of these.
void note_checks(RecordKind series, const Xid& xid, uint32_t records, FoundSpool& found) {
  if (series == RecordKind::kIri || series == RecordKind::kCc) found.unchecked[xid] += records;
  if (series == RecordKind::kIriHash || series == RecordKind::kCcHash) found.unchecked[xid] = 0;
}

// The whole blocks of a segment, those above its head too: one may have been finished when the process ended, and after
// a crash of the machine the head may be older than its blocks.
void read_blocks(const Segment& segment, ReadSegment& read, FoundSpool& found) {
  uint32_t offset = 0;
  uint32_t records = 0;
  for (uint32_t counter = 0; const BlockHeader* const block = segment.block(offset, counter); ++counter) {
    const uint64_t first = read.first_record + records;
    const uint64_t end = first + block->records;
    const Xid xid{.octets = block->xid};
    if (end > found.released) {
      found.records_left[xid] += end - std::max(first, found.released);
      found.bytes_left += block->bytes - table_bytes(block->records);
    }
    SeriesEntry entry{.xid = block->xid, .cin = block->cin, .next = {}};
    entry.next[block->series] = block->last_number + 1;
    note_checks(static_cast<RecordKind>(block->series), xid, block->records, found);
    found.series.push_back(entry);
    records += block->records;
    offset += static_cast<uint32_t>(align_block(sizeof(BlockHeader) + block->bytes));
  }
  const uint64_t head = plausible_head(segment);
  // Sealed once, unreadable now: they count, as lost.
  const bool complete = records >= records_of_head(head);
  read.limit = complete ? pack_head(records, offset)
                        : pack_head(std::max(records, records_of_head(head)), std::min(bytes_of_head(head), offset));
  found.numbers_hold = found.numbers_hold && complete;
}

// The process ended while it made the file: the magic is written last.
bool never_begun(const std::filesystem::path& path) {
  std::array<char, sizeof(uint64_t)> magic{};
  std::ifstream file(path, std::ios::binary);
  file.read(magic.data(), magic.size());
  return std::ranges::all_of(magic, [](char c) { return c == 0; });
}

void open_segments(const std::string& directory, FoundSpool& found) {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    if (file.path().extension() != ".seg") continue;
    Result<std::unique_ptr<Segment>> segment = Segment::open(file.path());
    if (!segment.ok()) {
      if (never_begun(file.path())) std::filesystem::remove(file.path(), error);
      continue;
    }
    if ((*segment)->header().state.load(std::memory_order_acquire) != SegmentState::kInUse) {
      (*segment)->file().remove();  // never begun, or taken back
      continue;
    }
    found.segments.push_back(*std::move(segment));
  }
  std::ranges::sort(found.segments, {}, [](const auto& segment) { return segment->header().sequence; });
}

// One entry a (task, CIN): the highest numbers.
void reduce(std::vector<SeriesEntry>& series) {
  std::map<std::pair<std::array<uint8_t, 16>, uint32_t>, SeriesEntry> highest;
  for (const SeriesEntry& entry : series) {
    SeriesEntry& kept = highest.try_emplace({entry.xid, entry.cin}, entry).first->second;
    for (size_t i = 0; i < kSeriesKinds; ++i) kept.next[i] = std::max(kept.next[i], entry.next[i]);
  }
  series.clear();
  for (const auto& [key, entry] : highest) series.push_back(entry);
}

}  // namespace

Result<FoundSpool> find_spool(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) return absl::UnavailableError("spool: no directory");
  FoundSpool found;
  found.header = open_header(directory + "/head");
  open_segments(directory, found);
  const SpoolHeader* header = found.header ? reinterpret_cast<const SpoolHeader*>(found.header->memory()) : nullptr;
  if (header != nullptr) {
    found.released = header->accounts[header->current.load(std::memory_order_acquire) & 1].released;
    found.this_boot = header->boot_id == boot_id();
    found.numbers_hold = header->synced_always != 0 || found.this_boot;
  } else if (!found.segments.empty()) {
    found.released = found.segments.front()->header().records_before;
  } else {
    found.nothing_there = found.numbers_hold = true;
  }
  found.end = found.released;
  uint64_t sequence = UINT64_MAX;  // of the one before
  uint64_t end = found.released;
  for (const std::unique_ptr<Segment>& segment : found.segments) {
    const std::span<const SeriesEntry> series = segment->series();
    found.series.insert(found.series.end(), series.begin(), series.end());
    found.series_complete = found.series_complete && !segment->is_left_out();
    const uint64_t before = segment->header().records_before;
    const bool is_oldest = found.read.empty();
    const uint64_t first = is_oldest && before <= end ? before : first_record_of(*segment, sequence, end);
    sequence = segment->header().sequence;
    ReadSegment read{.segment = segment.get(), .first_record = first, .limit = {}};
    read_blocks(*segment, read, found);
    end = read.end_record();
    found.end = std::max(found.end, end);
    found.read.push_back(read);
  }
  reduce(found.series);
  return found;
}

}  // namespace lictor
