// Whose a frame is as such: by the outermost Ethernet header, whatever it carries and in whatever state that is.
#include "dataplane/packet/classify_whole_frame.h"

#include <gtest/gtest.h>

#include <map>

#include "dataplane/packet/outer_ethernet.h"
#include "dataplane/packet/prefilter.h"
#include "tests/unit/dataplane/packet/frame_octets.h"
#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

constexpr LegalTime kNow{150};
constexpr uint32_t kFrameBytesMax = 9000;
constexpr uint16_t kLldpType = 0x88cc;

TargetRule rule(RuleKey key, uint32_t slot) {
  return {.key = key, .frames = true, .slot = TaskSlot{slot}, .start = {100}, .stop = {200}};
}
// Of the destination, or the source, that ethernet() writes.
TargetRule mac_rule(uint32_t slot, uint8_t last) {
  TargetRule mac = rule(RuleKey::kMac, slot);
  mac.mac = {2, 0, 0, 0, 0, last};
  return mac;
}
TargetRule line_rule(uint32_t slot, std::vector<uint16_t> tags) {
  TargetRule line = rule(RuleKey::kVlans, slot);
  line.vlan_count = static_cast<uint8_t>(tags.size());
  std::ranges::copy(tags, line.vlans.begin());
  return line;
}

using Verdict = std::map<uint32_t, Direction>;

// The tasks of a frame, each once and each as a whole; the prefilter has to have let it through.
Verdict verdict(const Octets& frame, const std::vector<TargetRule>& rules, LegalTime time = kNow, uint16_t port = 0) {
  const ExactCopy copy(frame);
  PacketBatch batch;
  batch.count = 1;
  batch.port = port;
  batch.header[0] = copy.bytes();
  batch.frame_bytes[0] = static_cast<uint32_t>(frame.size());
  parse_batch(batch, kFrameBytesMax, {});
  const auto table = TargetTable::build(rules);
  EXPECT_EQ(table->kinds().frames, rules.front().frames);
  MatchBatch matches(16);
  matches.clear();
  classify_whole_frame(batch, 0, *table, time, matches);
  matches.end_frame(0);
  Verdict found;
  for (const TaskMatch& match : matches.tasks(0)) {
    EXPECT_EQ(match.level, kWholeFrame);
    EXPECT_EQ(match.cin, 0U);
    EXPECT_TRUE(found.emplace(index_of(match.slot), match.direction).second);
  }
  const PrefilterPlan plan({}, kFrameBytesMax);
  const uint32_t size = static_cast<uint32_t>(frame.size());
  const Prefiltered passed = prefilter_burst(1, plan, *table, [&](size_t) {
    return FrameView{copy.bytes().data(), size, size};
  });
  EXPECT_TRUE(found.empty() || passed.candidates == 1) << "the prefilter held it back";
  return found;
}

const Verdict kToTarget = {{1, Direction::kToTarget}};
const Verdict kFromTarget = {{1, Direction::kFromTarget}};
const Verdict kIndeterminate = {{1, Direction::kIndeterminate}};

TEST(ClassifyWholeFrame, WhateverACardSendsOrIsSentIsItsFrame) {
  const std::vector<Octets> frames = {ethernet(kArpType, Octets(46)),
                                      ethernet(kLldpType, Octets(60)),
                                      ethernet(kPppoeType, Octets(60)),
                                      ethernet(kIpv4Type, ipv4({}, udp())),
                                      ethernet(kIpv6Type, ipv6({}, udp())),
                                      ethernet(40, Octets(46)),
                                      ethernet(kIpv4Type, Octets(4)),
                                      ethernet(kIpv4Type, ipv4({.version = 5}, udp())),
                                      ethernet(kArpType, Octets(46), {{0x8100, 7}}),
                                      ethernet(kArpType, Octets(46), std::vector<Tag>(5, Tag{0x8100, 7})),
                                      ethernet(0x8100, Octets(1)),
                                      ethernet(kLldpType, {})};
  for (const Octets& frame : frames) {
    EXPECT_EQ(verdict(frame, {mac_rule(1, 1)}), kToTarget);
    EXPECT_EQ(verdict(frame, {mac_rule(1, 2)}), kFromTarget);
    EXPECT_EQ(verdict(frame, {mac_rule(1, 1), mac_rule(1, 2)}), kIndeterminate) << "both ends are the target's";
    EXPECT_EQ(verdict(frame, {mac_rule(1, 3)}), Verdict());
  }
}

TEST(ClassifyWholeFrame, ALineIsItsWholeStackOfTags) {
  const std::vector<Tag> tags = {{0x88a8, 0x2064}, {0x8100, 200}};  // with a priority
  for (const uint16_t type : {kArpType, kIpv4Type, kLldpType}) {
    const Octets frame = ethernet(type, Octets(46), tags);
    EXPECT_EQ(verdict(frame, {line_rule(1, {100, 200})}), kIndeterminate);
    for (const auto& other : {std::vector<uint16_t>{100}, {200, 100}, {100, 201}, {100, 200, 300}})
      EXPECT_EQ(verdict(frame, {line_rule(1, other)}), Verdict());
  }
  EXPECT_EQ(verdict(ethernet(kArpType, Octets(46)), {line_rule(1, {100})}), Verdict());
}

TEST(ClassifyWholeFrame, AStackWithOneTagTooManyIsNoLineAndNoScope) {
  const Octets frame = ethernet(kArpType, Octets(46), std::vector<Tag>(kVlanTagsMax + 1, Tag{0x8100, 7}));
  EXPECT_EQ(verdict(frame, {line_rule(1, std::vector<uint16_t>(kVlanTagsMax, 7))}), Verdict());
  TargetRule scoped = mac_rule(1, 1);
  scoped.vlan_count = kVlanTagsMax;
  scoped.vlans.fill(7);
  EXPECT_EQ(verdict(frame, {scoped}), Verdict());
}

TEST(ClassifyWholeFrame, ScopePortAndWindowHold) {
  TargetRule card = mac_rule(1, 1);
  card.ports = 1U << 3;
  card.vlan_count = 1;
  card.vlans = {7};
  const Octets frame = ethernet(kLldpType, Octets(46), {{0x8100, 7}});
  EXPECT_EQ(verdict(frame, {card}, kNow, 3), kToTarget);
  EXPECT_EQ(verdict(frame, {card}, kNow, 2), Verdict());
  EXPECT_EQ(verdict(frame, {card}, {99}, 3), Verdict());
  EXPECT_EQ(verdict(frame, {card}, {200}, 3), Verdict());
  EXPECT_EQ(verdict(ethernet(kLldpType, Octets(46)), {card}, kNow, 3), Verdict());
}

TEST(ClassifyWholeFrame, RulesForPacketsAreNotForFrames) {
  TargetRule packets = mac_rule(1, 1);
  packets.frames = false;
  EXPECT_EQ(verdict(ethernet(kArpType, Octets(46)), {packets}), Verdict());
}

TEST(ClassifyWholeFrame, RulesForFramesAreNotForPackets) {
  const Octets frame = ethernet(kIpv4Type, ipv4({}, udp()), {{0x8100, 7}});
  PacketBatch batch;
  batch.count = 1;
  batch.header[0] = frame;
  batch.frame_bytes[0] = static_cast<uint32_t>(frame.size());
  parse_batch(batch, kFrameBytesMax, {});
  const auto table = TargetTable::build({mac_rule(1, 1), mac_rule(1, 2), line_rule(2, {7})});
  MatchBatch matches(16);
  classify_batch(batch, *table, kNow, matches);
  EXPECT_TRUE(matches.tasks(0).empty());
}

TEST(ClassifyWholeFrame, WhatIsTooLongForARecordIsNobodys) {
  EXPECT_EQ(verdict(ethernet(kLldpType, Octets(kFrameBytesMax - 14)), {mac_rule(1, 1)}), kToTarget);
  EXPECT_EQ(verdict(ethernet(kLldpType, Octets(kFrameBytesMax - 13)), {mac_rule(1, 1)}), Verdict());
}

// As soon as the header is there the frame is the card's; the line's as soon as its tags and the type behind them are.
TEST(ClassifyWholeFrame, EveryTruncationIsTaken) {
  const Octets frame = ethernet(kArpType, Octets(46), {{0x88a8, 100}, {0x8100, 200}});
  for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
    const Octets cut(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(bytes));
    EXPECT_EQ(verdict(cut, {mac_rule(1, 1)}), bytes < 14 ? Verdict() : kToTarget) << bytes;
    EXPECT_EQ(verdict(cut, {line_rule(1, {100, 200})}), bytes < 22 ? Verdict() : kIndeterminate) << bytes;
    EXPECT_EQ(verdict(cut, {line_rule(1, {100})}), Verdict()) << bytes;
  }
}

}  // namespace
}  // namespace lictor
