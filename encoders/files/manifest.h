// What is said in the clear about a finished file, in JSON: its place in its chain, what it holds, its hash, and the
// hash of the manifest before it, so that a file that was taken away is missed. The last manifest of a chain is also
// what the next process goes on from. Names neither target nor LIID. Plain values, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "encoders/files/file_record.h"

namespace lictor {

// A series of numbers, as far as one file holds it.
struct SeriesPart {
  uint32_t cin = 0;
  RecordKind kind = RecordKind::kCc;
  uint32_t first = 0;
  uint32_t last = 0;
  uint64_t records = 0;
  uint64_t missing = 0;  // numbers up to `last` that neither this file nor one before it holds
};

// Where a series stands.
struct SeriesEnd {
  uint32_t cin = 0;
  RecordKind kind = RecordKind::kCc;
  uint32_t next = 0;
};

// Of one encoder: the number behind the last one that is in a file, by RecordKind.
struct RunEnd {
  uint64_t run = 0;
  std::array<uint32_t, kRecordKinds> next{};
};

struct Manifest {
  static constexpr size_t kBytesMax = size_t{256} << 10;
  static constexpr size_t kSeriesMax = 256;  // ends that are kept: the oldest are forgotten
  static constexpr size_t kRunsMax = 64;     // likewise

  std::string chain;      // hexadecimal
  uint64_t sequence = 0;  // from 1
  std::string file;       // its name
  uint64_t bytes = 0;     // encrypted
  std::string sha256;     // of the encrypted file, hexadecimal
  std::string previous;   // SHA-256 of the manifest before this one; empty in the first
  std::string created;    // RFC 3339
  uint64_t packets = 0;
  uint64_t packet_bytes = 0;  // of the packets' blocks
  uint64_t events = 0;
  uint64_t missing = 0;                    // sum of the series'
  std::optional<PacketTime> first_packet;  // the earliest and the latest time
  std::optional<PacketTime> last_packet;
  bool ended = false;  // the last record says that the task ends; what replaces a task goes on in its chain
  std::vector<SeriesPart> series;
  std::vector<SeriesEnd> next;  // the one used last at the end
  std::vector<RunEnd> runs;     // likewise

  // Takes a record into account, whose block goes into the file.
  void add(const FileRecord& record);
  // Whether this file, or one before it, holds the record.
  [[nodiscard]] bool holds(const FileRecord& record) const;
  // The file after this one, with nothing in it.
  [[nodiscard]] Manifest following(const std::string& own_sha256) const;
};

std::string to_json(const Manifest& manifest);
// InvalidArgument where the text is none of ours.
Result<Manifest> parse_manifest(std::string_view text);

}  // namespace lictor
