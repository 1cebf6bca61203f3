// The outermost Ethernet header of a frame, and whose all frames with it are: MAC addresses and lines of tags are asked
// without regard to what the frame carries. Pure, any thread.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/base/match_record.h"
#include "dataplane/packet/target_table.h"

namespace lictor {

struct OuterEthernet {
  static constexpr size_t kBytes = 14;  // destination, source, type

  const uint8_t* addresses;  // 12 octets
  // Its tags and nothing else. Of a stack that is cut, or has one too many, `vlan_count` is more than any rule asks
  // for.
  IpLevel level;
};

// `header` has kBytes at least.
OuterEthernet outer_ethernet(Bytes header) noexcept;

// Calls `visit(rule, direction)` for the rules of both MAC addresses and of the tags that count here and now.
template <typename Visit>
void visit_frame_rules(const OuterEthernet& ethernet, const TargetTable& table, uint16_t port, LegalInstant time,
                       Visit visit) {
  const auto visit_key = [&](const ExactKey& key, Direction direction) {
    for (const TargetRule& rule : table.find(key).rules)
      if (rule.admits(ethernet.level, port, time)) visit(rule, direction);
  };
  if (table.kinds().macs) {
    visit_key(mac_key(ethernet.addresses), Direction::kToTarget);
    visit_key(mac_key(ethernet.addresses + 6), Direction::kFromTarget);
  }
  const uint8_t tags = ethernet.level.vlan_count;
  if (table.kinds().vlans && tags > 0 && tags <= kVlanTagsMax)
    visit_key(vlans_key(ethernet.level.vlans, tags), Direction::kIndeterminate);
}

}  // namespace lictor
