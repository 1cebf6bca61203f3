#include "encoders/files/file_record.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Length, version, kind, series, flags; chain, run, CIN; number, time; four lengths of texts; the texts; the block.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kEnds = 1;
constexpr size_t kVersionAt = 4;
constexpr size_t kKindAt = 5;
constexpr size_t kSeriesAt = 6;
constexpr size_t kFlagsAt = 7;
constexpr size_t kNumberAt = 36;
constexpr size_t kTimeAt = 40;
constexpr size_t kFixedBytes = 52;
constexpr size_t kTextMax = 255;
constexpr size_t kBlockBytesMin = 12;  // of pcapng

void put_big_endian(uint8_t* at, uint64_t value, size_t octets) {
  for (size_t i = 0; i < octets; ++i) at[i] = static_cast<uint8_t>(value >> 8 * (octets - 1 - i));
}

}  // namespace

std::string_view name_of(RecordKind series) {
  constexpr std::array<std::string_view, kRecordKinds> kNames = {
      "iri", "cc", "hi1", "iri-hash", "cc-hash", "iri-signature", "cc-signature"};
  return kNames[static_cast<size_t>(series)];
}

std::vector<uint8_t> make_file_record_head(const FileFace& face) {
  std::vector<uint8_t> head(kFixedBytes);
  head[kVersionAt] = kVersion;
  std::memcpy(head.data() + 8, face.chain.data(), face.chain.size());
  put_big_endian(head.data() + 24, face.run, 8);
  put_big_endian(head.data() + 32, face.cin, 4);
  size_t lengths_at = kTimeAt + 8;
  for (const std::string* text : {&face.liid, &face.operator_id, &face.network_element_id, &face.interface}) {
    const size_t length = std::min(text->size(), kTextMax);
    head[lengths_at++] = static_cast<uint8_t>(length);
    head.insert(head.end(), text->begin(), text->begin() + static_cast<std::ptrdiff_t>(length));
  }
  return head;
}

void write_file_record_head(Bytes head, const FileStamp& stamp, size_t block_bytes, MutableBytes room) {
  LICTOR_CHECK(head.size() >= kFixedBytes && room.size() >= head.size());
  uint8_t* const at = room.data();
  std::memcpy(at, head.data(), head.size());
  put_big_endian(at, head.size() + block_bytes, 4);
  at[kKindAt] = static_cast<uint8_t>(stamp.kind);
  at[kSeriesAt] = static_cast<uint8_t>(stamp.series);
  at[kFlagsAt] = stamp.ends ? kEnds : 0;
  put_big_endian(at + kNumberAt, stamp.number, 4);
  put_big_endian(at + kTimeAt, static_cast<uint64_t>(stamp.time.unix_ns), 8);
}

std::optional<ReadFileRecord> read_file_record(Bytes octets) {
  ByteReader length(octets);
  const size_t bytes = length.u32();
  if (!length.ok() || bytes < kFixedBytes || bytes > octets.size()) return std::nullopt;
  ByteReader in(octets.first(bytes));
  in.take(4);  // the length
  FileRecord record;
  const uint8_t version = in.u8();
  const uint8_t kind = in.u8();
  const uint8_t series = in.u8();
  const uint8_t flags = in.u8();
  const bool known_kind =
      kind == static_cast<uint8_t>(FileRecordKind::kPacket) || kind == static_cast<uint8_t>(FileRecordKind::kEvent);
  if (version != kVersion || !known_kind || series >= kRecordKinds) return std::nullopt;
  std::ranges::copy(in.take(record.chain.size()), record.chain.begin());
  record.run = in.u64();
  record.cin = in.u32();
  record.stamp = {.kind = static_cast<FileRecordKind>(kind),
                  .series = static_cast<RecordKind>(series),
                  .ends = (flags & kEnds) != 0,
                  .number = in.u32(),
                  .time = {}};
  record.stamp.time = {static_cast<int64_t>(in.u64())};
  const Bytes lengths = in.take(4);
  record.liid = as_text(in.take(lengths[0]));
  record.operator_id = as_text(in.take(lengths[1]));
  record.network_element_id = as_text(in.take(lengths[2]));
  record.interface = as_text(in.take(lengths[3]));
  if (!in.ok()) return std::nullopt;
  record.block = in.rest();
  if (record.block.size() < kBlockBytesMin) return std::nullopt;
  return ReadFileRecord{.record = record, .bytes = bytes};
}

}  // namespace lictor
