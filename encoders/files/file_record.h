// How a record for a file destination lies in the spool: in front, what the writer of files has to know; behind it one
// pcapng block, as it goes into the file. The encoder makes the front part once for each interface and patches what
// changes. Plain functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "encoders/encoder.h"

namespace lictor {

// Names a task's files: a digest of its XID and of the dataplane that writes them.
using ChainId = std::array<uint8_t, 16>;

// The series' name in events and manifests.
std::string_view name_of(RecordKind series);

enum class FileRecordKind : uint8_t { kPacket = 1, kEvent = 2 };

// What all records of one encoder and interface share. The texts go into the file's head, inside of the encryption.
struct FileFace {
  ChainId chain{};
  uint64_t run = 0;  // random, one an encoder: its numbers only grow
  uint32_t cin = 0;
  std::string liid;
  std::string operator_id;
  std::string network_element_id;
  std::string interface;
};

// The part that changes.
struct FileStamp {
  FileRecordKind kind = FileRecordKind::kPacket;
  RecordKind series = RecordKind::kCc;
  bool ends = false;  // no record of the task follows
  uint32_t number = 0;
  PacketTime time;
};

// Views into the octets that it was read from.
struct FileRecord {
  ChainId chain{};
  uint64_t run = 0;
  uint32_t cin = 0;
  FileStamp stamp;
  std::string_view liid;
  std::string_view operator_id;
  std::string_view network_element_id;
  std::string_view interface;
  Bytes block;
};

// The front part with its changing fields empty. Texts of more than 255 octets are cut.
std::vector<uint8_t> make_file_record_head(const FileFace& face);

// Writes `head` and the fields that change for a record with a block of `block_bytes` behind it. `room` holds the head.
void write_file_record_head(Bytes head, const FileStamp& stamp, size_t block_bytes, MutableBytes room);

// The first record in `octets` and how long it is; nothing where they do not hold a whole one.
struct ReadFileRecord {
  FileRecord record;
  size_t bytes = 0;
};
std::optional<ReadFileRecord> read_file_record(Bytes octets);

}  // namespace lictor
