// One burst of received frames on its way through the rx lcore, in columns: what was received, then what the parser
// found. The stages are free functions over it (parse_batch, classify_batch). Owned and used by one rx lcore; never
// shared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

// 32: drivers prefetch for it, and two bursts with their headers fit into L1.
constexpr size_t kBurst = 32;

// Headers are read from one contiguous piece. Where a driver splits a frame within its first octets, the rx loop
// gathers this many: the longest Geneve options end there with Ethernet and IPv6 around and inside of them.
constexpr size_t kHeaderBytesMax = 512;

struct PacketBatch {
  size_t count = 0;
  uint16_t port = 0;  // index of the receiving port in the configuration

  // --- written by the receiver ---
  std::array<Bytes, kBurst> header;  // the frame's first octets, contiguous; all of it or kHeaderBytesMax at least
  std::array<uint32_t, kBurst> frame_bytes;  // of the whole frame as captured: header.size() or more
  std::array<PacketTime, kBurst> arrival;

  // --- written by parse_batch ---
  std::array<ParsedFrame, kBurst> parsed;
};

}  // namespace lictor
