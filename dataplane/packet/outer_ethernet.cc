#include "dataplane/packet/outer_ethernet.h"

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr uint8_t kTagsUnknown = kVlanTagsMax + 1;

bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

}  // namespace

OuterEthernet outer_ethernet(Bytes header) noexcept {
  LICTOR_CHECK(header.size() >= OuterEthernet::kBytes);
  OuterEthernet ethernet{.addresses = header.data(), .level = {}};
  IpLevel& level = ethernet.level;
  level.ethernet_offset = 0;
  ByteReader in(header);
  in.take(12);
  for (uint16_t type = in.u16(); is_tag(type);) {
    const uint16_t tag = in.u16();
    type = in.u16();
    if (!in.ok() || level.vlan_count == kVlanTagsMax) {
      level.vlan_count = kTagsUnknown;
      return ethernet;
    }
    level.vlans[level.vlan_count++] = tag & 0x0fff;  // without priority and drop eligibility
  }
  return ethernet;
}

}  // namespace lictor
