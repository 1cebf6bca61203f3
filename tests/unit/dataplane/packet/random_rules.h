// Rules for randomised tests, each about something that a frame of the traffic has: hosts and prefixes, flows, media,
// tunnels, cards, lines; with scopes, ports and windows. One thread.
#pragma once

#include "dataplane/packet/target_rule.h"
#include "tests/unit/dataplane/packet/dice.h"
#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {

// Tasks by what their rules are about, so that a test can tell from a verdict what it met; the last ones have rules of
// any kind.
enum class RuleTopic : uint8_t { kHosts, kFlows, kMedia, kTunnels, kCards, kLines, kMixed, kCount };
constexpr size_t kRuleTopics = static_cast<size_t>(RuleTopic::kCount);
constexpr uint32_t kTasksPerTopic = 60;

class RandomRules {
 public:
  // Windows are drawn from [0, day). All outlive this.
  RandomRules(Dice& dice, std::span<const Octets> frames, int64_t day) : dice_(dice), frames_(frames), day_(day) {}

  TargetRule next() {
    pick_level();
    TargetRule rule;
    const auto topic = dice_.from<RuleTopic>(0, kRuleTopics);
    RuleTopic about = topic;
    if (topic == RuleTopic::kMixed) about = dice_.from<RuleTopic>(0, kRuleTopics - 1);
    switch (about) {
      case RuleTopic::kFlows:
        flow(rule);
        break;
      case RuleTopic::kMedia:
        media(rule);
        break;
      case RuleTopic::kTunnels:
        tunnel(rule);
        break;
      case RuleTopic::kCards:
        card(rule);
        break;
      case RuleTopic::kLines:
        rule.key = RuleKey::kVlans;
        break;
      default:
        rule.prefix = side(dice_.one_in(2));
    }
    scope(rule);
    rule.slot = TaskSlot{static_cast<uint32_t>(topic) * kTasksPerTopic + dice_.from<uint32_t>(0, kTasksPerTopic)};
    return rule;
  }

 private:
  // Some level of some frame: what the next rule is about.
  void pick_level() {
    do {
      frame_ = dice_.of(frames_);
      const ParsedFrame parsed = parse_frame(frame_, static_cast<uint32_t>(frame_.size()), kTrustAll);
      if (parsed.level_count == 0) continue;
      at_ = dice_.below(parsed.level_count);
      level_ = parsed.level[at_];
      outer_ = parsed.level[at_ == 0 ? 0 : at_ - 1];
      return;
    } while (true);
  }

  Bytes address(const IpLevel& level, bool source) const {
    const Bytes ip = frame_.subspan(level.offset);
    return level.ipv6 ? ip.subspan(source ? 8 : 24, 16) : ip.subspan(source ? 12 : 16, 4);
  }

  // Half of them hosts, most others at least half of the address long; one in eight of any length.
  uint32_t random_bits(uint32_t address_bits) {
    if (dice_.one_in(2)) return address_bits;
    if (dice_.one_in(8)) return dice_.from<uint32_t>(0, address_bits + 1);
    return dice_.from<uint32_t>(address_bits / 2, address_bits / 2 + 1);
  }

  static IpPrefix prefix(Bytes octets, uint32_t bits) {
    Octets address(octets.begin(), octets.end());
    for (uint32_t bit = bits; bit < address.size() * 8; ++bit)
      address[bit / 8] &= static_cast<uint8_t>(~(0x80U >> bit % 8));
    return IpPrefix::make(address, bits).value();
  }

  IpPrefix side(bool source) {
    const Bytes octets = address(level_, source);
    return prefix(octets, random_bits(static_cast<uint32_t>(octets.size() * 8)));
  }

  PortRange range_around(uint16_t port) {
    const uint16_t below = dice_.from<uint16_t>(0, std::min<uint64_t>(port, 300) + 1);
    const uint16_t above = dice_.from<uint16_t>(0, std::min<uint64_t>(65535U - port, 300) + 1);
    return {static_cast<uint16_t>(port - below), static_cast<uint16_t>(port + above)};
  }

  void flow(TargetRule& rule) {
    const bool source = dice_.one_in(2);
    rule.prefix = side(source);
    if (dice_.one_in(2)) rule.remote = side(!source);
    if (dice_.one_in(2)) rule.protocol = dice_.one_in(4) ? uint8_t{17} : level_.protocol;
    if (dice_.one_in(2)) rule.target_ports = range_around(source ? level_.source_port : level_.destination_port);
    if (dice_.one_in(2)) rule.remote_ports = range_around(source ? level_.destination_port : level_.source_port);
  }

  void media(TargetRule& rule) {
    const bool source = dice_.one_in(2);
    const Bytes octets = address(level_, source);
    const uint16_t port = source ? level_.source_port : level_.destination_port;
    rule.key = RuleKey::kEndpoint;
    rule.prefix = prefix(octets, static_cast<uint32_t>(octets.size() * 8));
    rule.target_ports = {port, port};
    if (dice_.one_in(2)) rule.protocol = 17;
  }

  void tunnel(TargetRule& rule) {
    rule.key = RuleKey::kTeid;
    rule.teid = level_.teid != kNoContext ? level_.teid : dice_.from<uint32_t>(1, 2);
    if (!dice_.one_in(3)) rule.prefix = prefix(address(outer_, false), outer_.ipv6 ? 128 : 32);
    rule.direction = dice_.from<Direction>(0, 3);
  }

  void card(TargetRule& rule) {
    rule.key = RuleKey::kMac;
    const Bytes card = frame_.subspan(level_.ethernet_offset + (dice_.one_in(2) ? 6U : 0U), 6);
    std::ranges::copy(card, rule.mac.begin());
  }

  void scope(TargetRule& rule) {
    if (rule.key == RuleKey::kVlans || dice_.one_in(4)) {
      rule.vlan_count = level_.vlan_count;
      rule.vlans = level_.vlans;
      // The outer tag alone is there to catch who compares beginnings of stacks.
      if (rule.vlan_count > 1 && dice_.one_in(4)) rule.vlan_count = 1;
    }
    if (rule.vlan_count == 1 && rule.vlans[1] != 0) rule.vlans = {rule.vlans[0]};
    if (dice_.one_in(6)) rule.label = level_.label;
    if (dice_.one_in(6)) rule.vni = level_.vni;
    if (dice_.one_in(4)) rule.ports = dice_.any<uint32_t>();
    rule.start = {dice_.one_in(4) ? dice_.from<int64_t>(0, static_cast<uint64_t>(day_)) : 0};
    rule.stop = {dice_.one_in(4) ? dice_.from<int64_t>(0, static_cast<uint64_t>(day_)) : day_ * 10};
  }

  Dice& dice_;
  const std::span<const Octets> frames_;
  const int64_t day_;
  Bytes frame_;
  size_t at_ = 0;
  IpLevel level_;
  IpLevel outer_;
};

}  // namespace lictor
