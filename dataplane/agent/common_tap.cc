#include "dataplane/agent/common_tap.h"

#include <algorithm>
#include <set>

#include "dataplane/base/number_range.h"
#include "dataplane/packet/flow_match.h"

namespace lictor {
namespace {

// Pairs of targets that are compared: 10 ms. Beyond, targets that are not the very same in both are given up.
constexpr size_t kPairsMax = size_t{1} << 20;

bool lies_in(PortRange narrow, PortRange wide) { return wide.first <= narrow.first && narrow.last <= wide.last; }

bool lies_in(const TargetScope& narrow, const TargetScope& wide) {
  const auto any_or_same = [](const std::string& name, const std::string& any) { return any.empty() || name == any; };
  return any_or_same(narrow.network_element_id, wide.network_element_id) &&
         any_or_same(narrow.tap_group, wide.tap_group) && any_or_same(narrow.port, wide.port) &&
         (wide.vlan_count == 0 || (narrow.vlan_count == wide.vlan_count && narrow.vlans == wide.vlans)) &&
         (wide.label == kNoContext || narrow.label == wide.label) && (wide.vni == kNoContext || narrow.vni == wide.vni);
}

std::vector<TapTarget> common_targets(const std::vector<TapTarget>& before, const std::vector<TapTarget>& after) {
  std::set<TapTarget> came(after.begin(), after.end());
  std::vector<TapTarget> common;
  std::vector<TapTarget> gone;
  for (const TapTarget& target : before) (came.erase(target) > 0 ? common : gone).push_back(target);
  std::set<TapTarget> narrowed;
  size_t pairs = 0;
  for (const TapTarget& old : gone) {
    for (const TapTarget& target : came) {
      if (++pairs > kPairsMax) return common;
      if (lies_in(old, target)) narrowed.insert(old);
      if (lies_in(target, old)) narrowed.insert(target);
    }
  }
  common.insert(common.end(), narrowed.begin(), narrowed.end());
  return common;
}

// A name in a part of the network is what both order of it.
std::vector<TapIdentity> common_identities(const std::vector<TapIdentity>& before,
                                           const std::vector<TapIdentity>& after) {
  std::set<TapIdentity> common;
  size_t pairs = 0;
  for (const TapIdentity& old : before) {
    for (const TapIdentity& identity : after) {
      if (++pairs > kPairsMax) return {common.begin(), common.end()};
      if (lies_in(old, identity)) common.insert(old);
      if (lies_in(identity, old)) common.insert(identity);
    }
  }
  return {common.begin(), common.end()};
}

// A packet that some pattern of a version selects is ordered by it. Without patterns all are.
std::vector<TapPattern> common_patterns(const TapDirective& before, const TapDirective& after) {
  if (before.patterns.empty()) return after.patterns;
  if (after.patterns.empty()) return before.patterns;
  std::vector<TapPattern> common;
  std::ranges::copy_if(before.patterns, std::back_inserter(common), [&](const TapPattern& pattern) {
    return std::ranges::find(after.patterns, pattern) != after.patterns.end();
  });
  return common;
}

std::vector<IpPrefix> all_exclusions(const TapDirective& before, const TapDirective& after) {
  std::vector<IpPrefix> all = before.exclusions;
  std::ranges::copy_if(after.exclusions, std::back_inserter(all), [&](const IpPrefix& prefix) {
    return std::ranges::find(before.exclusions, prefix) == before.exclusions.end();
  });
  return all;
}

}  // namespace

bool lies_in(const IpPrefix& narrow, const IpPrefix& wide) {
  return narrow.ipv6 == wide.ipv6 && narrow.bits >= wide.bits && covers(wide, narrow.octets.data());
}

bool lies_in(const TapIdentity& narrow, const TapIdentity& wide) {
  return narrow.kind == wide.kind && name_lies_in(wide.kind, as_bytes(narrow.value), as_bytes(wide.value)) &&
         lies_in(narrow.scope, wide.scope);
}

bool lies_in(const TapTarget& narrow, const TapTarget& wide) {
  return narrow.key == wide.key && narrow.mac == wide.mac && lies_in(narrow.prefix, wide.prefix) &&
         (wide.protocol == 0 || narrow.protocol == wide.protocol) && lies_in(narrow.target_ports, wide.target_ports) &&
         lies_in(narrow.remote_ports, wide.remote_ports) &&
         (wide.remote.bits == 0 || lies_in(narrow.remote, wide.remote)) && lies_in(narrow.scope, wide.scope);
}

TapDirective common_tap(const TapDirective& before, const TapDirective& after) {
  TapDirective common{.xid = before.xid,
                      .targets = common_targets(before.targets, after.targets),
                      .start = std::max(before.start, after.start),
                      .stop = std::min(before.stop, after.stop),
                      .iri = before.iri && after.iri,
                      .cc = before.cc && after.cc && before.frames == after.frames,
                      .frames = after.frames,
                      .patterns = common_patterns(before, after),
                      .exclusions = all_exclusions(before, after),
                      .ordered_by = before.ordered_by,
                      .octets = {},
                      .identities = common_identities(before.identities, after.identities)};
  const bool selects_nothing = common.patterns.empty() && !before.patterns.empty() && !after.patterns.empty();
  if (selects_nothing || common.names_nobody()) common.cc = false;
  return common;
}

bool orders_the_same(const TapDirective& one, const TapDirective& other) {
  const auto sorted = [](auto items) {
    std::ranges::sort(items);
    return items;
  };
  return sorted(one.targets) == sorted(other.targets) && one.start == other.start && one.stop == other.stop &&
         one.iri == other.iri && one.cc == other.cc && one.frames == other.frames && one.patterns == other.patterns &&
         sorted(one.exclusions) == sorted(other.exclusions) && sorted(one.identities) == sorted(other.identities);
}

}  // namespace lictor
