// What lictord, or somebody in its place, sends as a directive: any octets. What is accepted is within its bounds.

#include <cstddef>
#include <cstdint>

#include "dataplane/agent/directive.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  const Bytes octets(data, size);
  const Result<Directive> directive = parse_directive(octets);
  const uint64_t generation = generation_of(octets);
  const std::optional<Xid> changed = tap_named_in(octets);
  if (!directive.ok()) return 0;
  const auto* const read = std::get_if<TapDirective>(&directive->kind);
  LICTOR_CHECK(changed.has_value() == (read != nullptr) && (read == nullptr || *changed == read->xid));
  LICTOR_CHECK(directive->epoch != 0 && directive->generation != 0 && directive->generation == generation);
  if (const auto* tap = std::get_if<TapDirective>(&directive->kind)) {
    LICTOR_CHECK(!tap->targets.empty() && tap->targets.size() <= kTargetsPerTapMax && (tap->iri || tap->cc));
    for (const TapTarget& target : tap->targets) {
      LICTOR_CHECK(target.prefix.bits <= (target.prefix.ipv6 ? 128 : 32) && target.scope.vlan_count <= kVlanTagsMax);
      LICTOR_CHECK(target.remote.bits == 0 || target.remote.ipv6 == target.prefix.ipv6);
      LICTOR_CHECK(target.target_ports.first <= target.target_ports.last);
      LICTOR_CHECK(target.remote_ports.first <= target.remote_ports.last);
      const bool has_ports = target.protocol == 6 || target.protocol == 17 || target.protocol == 132;
      LICTOR_CHECK(has_ports || (target.target_ports.all() && target.remote_ports.all()));
    }
    LICTOR_CHECK(tap->patterns.size() <= kPatternsPerTapMax && tap->exclusions.size() <= kExclusionsPerTapMax);
    for (const TapPattern& pattern : tap->patterns)
      LICTOR_CHECK(!pattern.octets.empty() && pattern.octets.size() <= kPatternBytesMax);
  }
  if (const auto* mediation = std::get_if<MediationDirective>(&directive->kind)) {
    LICTOR_CHECK(!mediation->parameters.liid.empty() && mediation->parameters.liid.size() <= 25);
    LICTOR_CHECK(mediation->hi2.has_value() || mediation->hi3.has_value());
  }
  return 0;
}
