// One target of one task as the classifier knows it: an address or prefix, where on the network it counts, and when.
// Made by the control thread, read by rx lcores. A plain value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

// DPDK's own bound (RTE_MAX_ETHPORTS): a set of ports is one word.
constexpr size_t kPortsMax = 32;

// The legal time that windows are held against. A clock that is set back must neither open a window early nor open an
// ended one again: the start is held against the clock as it is, the end against the latest time that it ever showed.
struct LegalInstant {
  // NOLINTNEXTLINE(google-explicit-constructor): a clock that was never set back is one time
  LegalInstant(LegalTime time) : now(time), latest(time) {}
  LegalInstant(LegalTime time, LegalTime latest_shown) : now(time), latest(latest_shown) {}

  LegalTime now;
  LegalTime latest;
};

struct TargetRule {
  IpPrefix prefix;
  TaskSlot slot{};
  uint32_t ports = UINT32_MAX;                 // bit i: port i of the configuration counts
  uint8_t vlan_count = 0;                      // 0: any tagging, also none; else the frame's tags must be exactly these
  std::array<uint16_t, kVlanTagsMax> vlans{};  // outermost first
  LegalTime start;                             // the first instant in which copying is lawful
  LegalTime stop;                              // the first in which it is not any more

  // Whether a frame that came in at `port` at this time counts for this target.
  [[nodiscard]] bool admits(const ParsedFrame& frame, uint16_t port, LegalInstant time) const {
    if (time.now < start || time.latest >= stop || (ports >> port & 1) == 0) return false;
    return vlan_count == 0 || (vlan_count == frame.vlan_count &&
                               std::equal(vlans.begin(), vlans.begin() + vlan_count, frame.vlans.begin()));
  }
};

}  // namespace lictor
