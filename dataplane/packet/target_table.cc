#include "dataplane/packet/target_table.h"

#include "dataplane/packet/target_table_builder.h"

namespace lictor {

ExactKey key_of(const TargetRule& rule) {
  const uint8_t* const octets = rule.prefix.octets.data();
  switch (rule.key) {
    case RuleKey::kAddress:
      return rule.prefix.ipv6 ? prefix_key(ipv6_key(octets), rule.prefix.bits)
                              : prefix_key(ipv4_key(octets), rule.prefix.bits);
    case RuleKey::kEndpoint:
      return rule.prefix.ipv6 ? endpoint_key(ipv6_key(octets), rule.target_ports.first)
                              : endpoint_key(ipv4_key(octets), rule.target_ports.first);
    case RuleKey::kTeid:
      return teid_key(rule.teid);
    case RuleKey::kMac:
      return mac_key(rule.mac.data());
    case RuleKey::kVlans:
      return vlans_key(rule.vlans, rule.vlan_count);
  }
  return {};
}

std::unique_ptr<const TargetTable> TargetTable::build(const std::vector<TargetRule>& rules) {
  TargetTableBuilder builder;
  for (const TargetRule& rule : rules) builder.add(rule);
  return builder.build();
}

}  // namespace lictor
