// What the hosts of a generated capture say: TCP connections that open, carry data both ways and close; UDP, some of it
// in fragments; echo requests and replies. One thread.
#pragma once

#include <cstddef>

#include "encoders/pcap/capture_flows.h"
#include "encoders/pcap/capture_frames.h"

namespace lictor {

// How long the frames are. A fixed length comes without TCP's opening and closing and without fragments, whose lengths
// are not free.
struct FrameSizes {
  size_t fixed_bytes = 0;  // 0: imix, 7 : 4 : 1 of short, middle and full frames
};

// `payloads` below are at least this long: a payload is any part of them.
constexpr size_t kPayloadsBytes = 2 * kSegmentPayloadMax;

// Lets `builder` begin with what the flow says next, and moves the flow on.
void start_next(CaptureFlow& flow, FrameSizes sizes, CaptureRandom& random, Bytes payloads, FrameBuilder& builder);

}  // namespace lictor
