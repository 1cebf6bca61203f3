// Writes a classic pcap file with microseconds: what DPDK's net_pcap reads. Used by lictor-capture on its one thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, FileCloser>;

// libpcap takes a longer captured length for damage (its MAXIMUM_SNAPLEN), so no reader would get past such a frame.
constexpr uint32_t kCapturedBytesMax = 262144;

// A time stamp as a pcap file has it: the fields of a hostile file are kept as they are.
struct CaptureStamp {
  uint32_t seconds = 0;
  uint32_t microseconds = 0;

  [[nodiscard]] int64_t unix_ns() const { return int64_t{seconds} * 1'000'000'000 + int64_t{microseconds} * 1000; }
};

// The first failure is kept and answered by finish(); what is written after it is ignored.
class CaptureWriter {
 public:
  // An Ethernet capture at `path`, which is overwritten. Unavailable where it cannot be opened.
  static Result<std::unique_ptr<CaptureWriter>> open(const std::string& path);
  // The same into a stream that is open for writing.
  explicit CaptureWriter(FileHandle file);

  // One frame, in two pieces that follow each other in it, together at most kCapturedBytesMax octets. `original_bytes`
  // is the frame's length on the wire; less than what was captured counts as what was captured.
  void write(CaptureStamp stamp, Bytes head, Bytes tail, uint64_t original_bytes);

  // Flushes and closes. Call once.
  Status finish();

 private:
  void put(Bytes octets);

  std::unique_ptr<char[]> buffer_;  // the stream's, so it goes after it
  FileHandle file_;
  bool failed_ = false;
};

}  // namespace lictor
