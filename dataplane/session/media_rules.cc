#include "dataplane/session/media_rules.h"

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

}  // namespace

TargetRule media_rule(const TargetRule& base, const SessionAddress& address) {
  TargetRule rule = base;
  rule.key = RuleKey::kEndpoint;
  rule.protocol = address.use == SessionAddress::Use::kMsrp ? kTcp : kUdp;
  rule.target_ports = address.ports;
  rule.prefix = address.prefix;
  rule.is_peer = address.of_peer;
  return rule;
}

}  // namespace lictor
