// Which of several lcores a frame goes to, where software does what a card's receive-side scaling would. Pure; hostile
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace lictor {

constexpr size_t kSpreadLabelsMax = 8;
// As many octets as the hash looks at: Ethernet, four tags, LLC/SNAP, labels or PPPoE, IPv6.
constexpr size_t kSpreadBytesMax = 14 + 4 * 4 + 8 + kSpreadLabelsMax * 4 + 40;

// A hash of both addresses of the frame's outermost IP level, the same in both directions and for all fragments: behind
// VLAN tags, LLC/SNAP, MPLS labels or PPPoE, trusted or not. 0 where no IP is found there: ARP, pseudowires, what ends
// too early. `head` is the contiguous beginning of the frame.
uint64_t spread_hash(Bytes head) noexcept;

// The receiver that a hash belongs to, below `receivers`.
constexpr size_t receiver_of(uint64_t hash, size_t receivers) {
  return static_cast<size_t>((hash >> 32) * receivers >> 32);
}

}  // namespace lictor
