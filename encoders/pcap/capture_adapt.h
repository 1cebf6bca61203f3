// lictor-capture adapt: a capture of any link type that carries IP becomes an Ethernet capture. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dataplane/base/result.h"
#include "encoders/pcap/capture_writer.h"

namespace lictor {

// What was written.
struct CaptureSummary {
  uint64_t packets = 0;
  uint64_t bytes = 0;      // captured octets of all frames
  std::string link_type;   // of the input, libpcap's name: "EN10MB", "LINUX_SLL", …
  bool truncated = false;  // the input ends, or is damaged, inside a frame; `damage` says what libpcap saw
  std::string damage;
  uint64_t snapped = 0;       // frames of which less was captured than was on the wire
  uint64_t empty = 0;         // frames of no octets
  uint64_t oversized = 0;     // frames longer than kOversizedBytes
  uint32_t longest = 0;       // captured octets of the longest frame
  int64_t first_unix_ns = 0;  // the earliest and the latest stamp, in whole microseconds; 0 without frames
  int64_t last_unix_ns = 0;
};

// No network carries longer frames; segmentation offload and fabrications do.
constexpr uint32_t kOversizedBytes = 65535;

using OpenWriter = std::function<Result<std::unique_ptr<CaptureWriter>>()>;

// Reads pcap or pcapng from `in` to its end, into what `open_out` opens once the input is accepted. Every frame of the
// input has its place in the output, in its order, with its time stamp (to the microsecond); what a new link header
// would push beyond kCapturedBytesMax is cut. InvalidArgument where `in` is no capture or its link type cannot be
// adapted (named); Unavailable where writing failed.
Result<CaptureSummary> adapt_capture(FileHandle in, const OpenWriter& open_out);

// {"packets":…,"bytes":…,"link_type":"…","truncated":…,"longest":…,"first_unix_ns":…,"last_unix_ns":…, …}, one line.
std::string to_json(const CaptureSummary& summary);

}  // namespace lictor
