#include "dataplane/agent/target_texts.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <set>
#include <span>

namespace lictor {
namespace {

constexpr size_t kTargetInformationMax = 256;
constexpr size_t kNetworkIdMax = 128;
constexpr size_t kMoreTargetsBytes = 16;  // " and 65535 more"

std::string text_of(const IpPrefix& prefix) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(prefix.ipv6 ? AF_INET6 : AF_INET, prefix.octets.data(), text, sizeof(text));
  return fmt::format("{}/{}", text, prefix.bits);
}

std::string text_of(const TapTarget& target) {
  if (target.key == RuleKey::kMac) return fmt::format("{:02x}", fmt::join(target.mac, ":"));
  const std::span<const uint16_t> tags(target.scope.vlans.data(), target.scope.vlan_count);
  return fmt::format("vlan {}", fmt::join(tags, "."));
}

}  // namespace

std::vector<IpPrefix> target_sides(const TapDirective& tap) {
  std::vector<IpPrefix> sides;
  std::set<IpPrefix> seen;
  for (const TapTarget& target : tap.targets)
    if (target.key == RuleKey::kAddress && seen.insert(target.prefix).second) sides.push_back(target.prefix);
  return sides;
}

std::string target_information(const TapDirective& tap) {
  std::string all;
  for (const IpPrefix& prefix : target_sides(tap)) {
    const std::string one = text_of(prefix);
    if (all.size() + one.size() + 1 > kTargetInformationMax) break;
    all += all.empty() ? one : " " + one;
  }
  return all;
}

std::string network_id(const TapDirective& tap) {
  std::string all;
  for (size_t i = 0; i < tap.targets.size(); ++i) {
    const std::string one = (all.empty() ? "" : ", ") + text_of(tap.targets[i]);
    const bool is_last = i + 1 == tap.targets.size();
    if (all.size() + one.size() + (is_last ? 0 : kMoreTargetsBytes) > kNetworkIdMax)
      return fmt::format("{} and {} more", all, tap.targets.size() - i);
    all += one;
  }
  return all;
}

}  // namespace lictor
