#include "dataplane/pattern/conversation.h"

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kSctp = 132;

bool is_by_ports(uint8_t protocol) { return protocol == kTcp || protocol == kUdp || protocol == kSctp; }

bool has_ports(const IpLevel& level) { return level.ports_known && is_by_ports(level.protocol); }

// A protocol that is not known, behind a later fragment's extension headers, may have ports.
bool is_known(const IpLevel& level) {
  return level.ports_known || (level.protocol != 0 && !is_by_ports(level.protocol));
}

}  // namespace

ConversationSight conversation_of(const IpLevel& level, Bytes frame, uint16_t tap_group,
                                  uint64_t pattern_set) noexcept {
  const LevelAddresses addresses = addresses_of(level, frame);
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  std::ranges::copy(addresses.source, source.begin());
  std::ranges::copy(addresses.destination, destination.begin());
  const uint16_t source_port = has_ports(level) ? level.source_port : uint16_t{0};
  const uint16_t destination_port = has_ports(level) ? level.destination_port : uint16_t{0};
  const bool from_lower = source != destination ? source < destination : source_port <= destination_port;
  return {.key = {.lower_address = from_lower ? source : destination,
                  .upper_address = from_lower ? destination : source,
                  .pattern_set = pattern_set,
                  .vni = level.vni,
                  .lower_port = from_lower ? source_port : destination_port,
                  .upper_port = from_lower ? destination_port : source_port,
                  .vlans = level.vlans,
                  .tap_group = tap_group,
                  .vlan_count = level.vlan_count,
                  .protocol = level.protocol,
                  .ipv6 = static_cast<uint8_t>(level.ipv6 ? 1 : 0)},
          .direction = from_lower ? ConversationDirection::kFromLower : ConversationDirection::kFromUpper,
          .known = is_known(level)};
}

}  // namespace lictor
