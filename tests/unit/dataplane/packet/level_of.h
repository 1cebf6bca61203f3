// The outermost IP level of a frame for the tests of stages behind the parser, which are about well-formed packets.
#pragma once

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

// The transport header stands directly behind the IP header.
inline IpLevel level_of(const Octets& frame) {
  const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), {});
  EXPECT_EQ(parsed.result, ParseResult::kIp);
  IpLevel level = parsed.level[0];
  const uint8_t* const ip = frame.data() + level.offset;
  level.protocol = level.ipv6 ? ip[6] : ip[9];
  level.transport_offset = level.offset + (level.ipv6 ? 40U : (ip[0] & 15U) * 4U);
  if (!level.ipv6 && ((ip[6] & 0x1f) | ip[7]) != 0) level.fragment = FragmentKind::kLater;
  return level;
}

}  // namespace lictor
