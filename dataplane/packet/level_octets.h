// What stages behind the classifier read of a matching IP level besides what the parser said: its addresses and its
// octets. The frame is contiguous here. Any thread.
#pragma once

#include <algorithm>

#include "dataplane/base/bytes.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kIpv6HeaderBytes = 40;

// The captured octets of the level's IP packet, from its header on.
inline Bytes octets_of(const IpLevel& level, Bytes frame) {
  if (level.offset > frame.size()) return {};
  return frame.subspan(level.offset, std::min<size_t>(level.bytes, frame.size() - level.offset));
}

// In network order, 4 or 16 octets each; empty where the frame ends before.
struct LevelAddresses {
  Bytes source;
  Bytes destination;
};

inline LevelAddresses addresses_of(const IpLevel& level, Bytes frame) {
  const Bytes ip = octets_of(level, frame);
  if (ip.size() < (level.ipv6 ? kIpv6HeaderBytes : kIpv4HeaderBytes)) return {};
  return level.ipv6 ? LevelAddresses{ip.subspan(8, 16), ip.subspan(24, 16)}
                    : LevelAddresses{ip.subspan(12, 4), ip.subspan(16, 4)};
}

}  // namespace lictor
