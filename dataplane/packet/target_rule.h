// One target of one task as the classifier knows it: what of a packet names it, where on the network it counts, and
// when. Made by the control thread, read by rx lcores. A plain value.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/match_record.h"
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

// Transport ports, both ends included.
struct PortRange {
  uint16_t first = 0;
  uint16_t last = UINT16_MAX;

  [[nodiscard]] bool all() const { return first == 0 && last == UINT16_MAX; }
  [[nodiscard]] bool holds(uint16_t port) const { return first <= port && port <= last; }
  friend auto operator<=>(PortRange, PortRange) = default;
};

// What of an IP level names the target.
enum class RuleKey : uint8_t {
  kAddress,   // its source (from the target) or destination (to the target) is in `prefix`
  kEndpoint,  // the same with the host `prefix` and the one port target_ports.first: media, learned from signalling
  kTeid,      // it is the first level inside of the GTP-U tunnel `teid` whose outer destination is in `prefix`
  kMac,       // `mac` is the source or destination of the nearest Ethernet header
  kVlans,     // the scope's tags alone: a subscriber's line
};

// What is left of a rule that asks for its key, its ports and its window alone, as nearly all do.
struct PlainRule {
  TaskSlot slot{};
  uint32_t ports = UINT32_MAX;  // as TargetRule's, and what follows
  LegalTime start;
  LegalTime stop;

  [[nodiscard]] bool admits(uint16_t port, LegalInstant time) const {
    return time.now >= start && time.latest < stop && (ports >> port & 1) != 0;
  }
};

// Two cache lines, and never three.
struct alignas(64) TargetRule {
  RuleKey key = RuleKey::kAddress;
  uint8_t protocol = 0;  // 0: any; else the transport's
  PortRange target_ports;
  PortRange remote_ports;
  IpPrefix prefix;  // the target's side; of kTeid the tunnel's end
  IpPrefix remote;  // the other side; 0 bits: anybody
  uint32_t teid = 0;
  Direction direction = Direction::kIndeterminate;  // of kTeid: which way this tunnel goes
  std::array<uint8_t, 6> mac{};
  bool frames = false;   // of kMac and kVlans: whole frames are copied, by the outermost Ethernet header
  bool is_peer = false;  // of kEndpoint: `prefix` is the other party's, and what it sends goes to the target

  TaskSlot slot{};
  uint32_t cin = 0;                            // of the session that the key is bound to; 0: the task's own target
  uint32_t ports = UINT32_MAX;                 // bit i: port i of the configuration counts
  uint8_t vlan_count = 0;                      // 0: any tagging, also none; else the level's tags must be exactly these
  std::array<uint16_t, kVlanTagsMax> vlans{};  // outermost first
  uint32_t label = kNoContext;                 // else the level's must be this
  uint32_t vni = kNoContext;                   // else the level's must be this
  LegalTime start;                             // the first instant in which copying is lawful
  LegalTime stop;                              // the first in which it is not any more

  friend bool operator==(const TargetRule&, const TargetRule&) = default;

  // Whether ports, protocol or the other side matter too.
  [[nodiscard]] bool is_flow() const {
    return protocol != 0 || remote.bits != 0 || !target_ports.all() || !remote_ports.all();
  }
  [[nodiscard]] bool needs_ports() const { return !target_ports.all() || !remote_ports.all(); }
  [[nodiscard]] bool is_plain() const {
    return key == RuleKey::kAddress && cin == 0 && !is_flow() && vlan_count == 0 && label == kNoContext &&
           vni == kNoContext;
  }
  [[nodiscard]] PlainRule plain() const { return {.slot = slot, .ports = ports, .start = start, .stop = stop}; }

  // Whether an IP level that came in at `port` at this time counts for this target.
  [[nodiscard]] bool admits(const IpLevel& level, uint16_t port, LegalInstant time) const {
    if (!plain().admits(port, time)) return false;
    if (label != kNoContext && label != level.label) return false;
    if (vni != kNoContext && vni != level.vni) return false;
    return vlan_count == 0 || (vlan_count == level.vlan_count &&
                               std::equal(vlans.begin(), vlans.begin() + vlan_count, level.vlans.begin()));
  }
};

static_assert(sizeof(TargetRule) == 128);

}  // namespace lictor
