// What names a conversation for a pattern set: both directions of it have one key. A plain value, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/packet/level_octets.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor {

// Compared and hashed as octets: no padding. Labels and TEIDs are no part of it, because each direction has its own.
struct ConversationKey {
  std::array<uint8_t, 16>
      lower_address{};  // the end whose address and port are lower; IPv4 takes the first four octets
  std::array<uint8_t, 16> upper_address{};
  uint64_t pattern_set = 0;
  uint32_t vni = kNoContext;
  uint16_t lower_port = 0;  // 0 where the protocol has no ports
  uint16_t upper_port = 0;
  std::array<uint16_t, kVlanTagsMax> vlans{};
  uint16_t tap_group = 0;  // a tap's two directions may be two ports of it
  uint8_t vlan_count = 0;
  uint8_t protocol = 0;
  uint8_t ipv6 = 0;
  std::array<uint8_t, 3> reserved{};

  friend bool operator==(const ConversationKey& a, const ConversationKey& b) {
    return std::memcmp(&a, &b, sizeof(a)) == 0;
  }
  [[nodiscard]] uint64_t hash(const HashKey& key) const {
    std::array<uint64_t, 8> words;
    std::memcpy(words.data(), this, sizeof(words));
    return sip_hash(key, words, {}).low;
  }
};
static_assert(sizeof(ConversationKey) == 64 && std::has_unique_object_representations_v<ConversationKey>);

enum class ConversationDirection : uint8_t { kFromLower, kFromUpper };

struct ConversationSight {
  ConversationKey key;
  ConversationDirection direction;
  bool known =
      true;  // false: some conversation of the two addresses; its ports are in another fragment, or were cut off
};

// Of an IP level. Of a protocol without ports (ICMP, ESP) it is all that the two addresses exchange by it.
ConversationSight conversation_of(const IpLevel& level, Bytes frame, uint16_t tap_group, uint64_t pattern_set) noexcept;

}  // namespace lictor
