// Traffic from a capture file instead of the generator. Main thread, before measuring.
#pragma once

#include <string>

#include "perf/traffic.h"

namespace lictor::perf {

// The frames of an Ethernet capture (pcap or pcapng), repeated where they are fewer than a port needs. The sources of
// most frames, at most `targets` of them, are what matches. InvalidArgument where the file holds no frame, another link
// type, or a frame longer than kFrameMax.
Result<Traffic> load_capture(const std::string& path, uint32_t targets);

}  // namespace lictor::perf
