// Frames without IP of somebody whose frames are copied: counted for his task, and for nobody else.
#include "dataplane/packet/not_ip_counter.h"

#include <gtest/gtest.h>

#include "dataplane/packet/parse_frame.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

constexpr LegalTime kNow{150};

TargetRule rule(RuleKey key, uint32_t slot) {
  TargetRule made;
  made.key = key;
  made.slot = TaskSlot{slot};
  made.start = {100};
  made.stop = {200};
  return made;
}

TargetRule line_rule(uint32_t slot, uint16_t outer, uint16_t inner) {
  TargetRule line = rule(RuleKey::kVlans, slot);
  line.vlan_count = 2;
  line.vlans = {outer, inner};
  return line;
}

class NotIpCounters : public testing::Test {
 protected:
  void count(const Octets& frame, const std::vector<TargetRule>& rules, LegalTime time = kNow, uint16_t port = 0) {
    PacketBatch batch;
    batch.count = 1;
    batch.port = port;
    batch.header[0] = frame;
    batch.frame_bytes[0] = static_cast<uint32_t>(frame.size());
    parse_batch(batch, 9000, {});
    const auto table = TargetTable::build(rules);
    ASSERT_TRUE(NotIpCounter::concerns(*table));
    counter_.count(batch, 0, *table, time);
  }
  [[nodiscard]] uint64_t counted(uint32_t slot) const { return tasks_[slot].not_ip.get(); }

  std::vector<RxTaskAccount> tasks_{4};
  NotIpCounter counter_{tasks_};
  const Octets arp_ = ethernet(kArpType, Octets(46));
};

TEST_F(NotIpCounters, EachTaskOfACardCountsAFrameOnce) {
  TargetRule to = rule(RuleKey::kMac, 0);
  std::copy_n(arp_.begin(), 6, to.mac.begin());
  TargetRule from = to;
  std::copy_n(arp_.begin() + 6, 6, from.mac.begin());
  TargetRule other = from;
  other.slot = TaskSlot{1};
  TargetRule stranger = rule(RuleKey::kMac, 2);
  stranger.mac = {0, 0x53, 9, 9, 9, 9};
  count(arp_, {to, from, other, stranger});
  EXPECT_EQ(counted(0), 1U) << "both of its addresses are there";
  EXPECT_EQ(counted(1), 1U);
  EXPECT_EQ(counted(2), 0U);
}

TEST_F(NotIpCounters, WhoIsGivenFramesMissesNone) {
  TargetRule frames = rule(RuleKey::kMac, 0);
  std::copy_n(arp_.begin(), 6, frames.mac.begin());
  frames.frames = true;
  TargetRule packets = frames;
  packets.frames = false;
  packets.slot = TaskSlot{1};
  count(arp_, {frames, packets});
  EXPECT_EQ(counted(0), 0U);
  EXPECT_EQ(counted(1), 1U);
}

TEST_F(NotIpCounters, ALineIsItsWholeStackOfTags) {
  const std::vector<TargetRule> rules = {line_rule(0, 100, 200), line_rule(1, 100, 201)};
  count(ethernet(kArpType, Octets(46), {{0x88a8, 100}, {0x8100, 200}}), rules);
  count(ethernet(kArpType, Octets(46), {{0x8100, 100}}), rules);
  count(arp_, rules);
  EXPECT_EQ(counted(0), 1U);
  EXPECT_EQ(counted(1), 0U);
}

TEST_F(NotIpCounters, ScopeAndWindowHold) {
  TargetRule line = line_rule(0, 100, 200);
  line.ports = 1U << 1;
  const Octets frame = ethernet(kArpType, Octets(46), {{0x88a8, 100}, {0x8100, 200}});
  count(frame, {line}, kNow, 0);
  count(frame, {line}, {99}, 1);
  count(frame, {line}, {200}, 1);
  EXPECT_EQ(counted(0), 0U);
  count(frame, {line}, kNow, 1);
  EXPECT_EQ(counted(0), 1U);
}

TEST_F(NotIpCounters, IpAndWhatIsDroppedIsCountedElsewhere) {
  const std::vector<TargetRule> rules = {line_rule(0, 100, 200)};
  const std::vector<Tag> tags = {{0x88a8, 100}, {0x8100, 200}};
  count(ethernet(kIpv4Type, ipv4({}, udp()), tags), rules);
  count(ethernet(kIpv4Type, Octets(4), tags), rules);
  EXPECT_EQ(counted(0), 0U);
}

TEST_F(NotIpCounters, EveryTruncationIsTaken) {
  const Octets frame = ethernet(kArpType, Octets(46), {{0x88a8, 100}, {0x8100, 200}});
  for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
    const ExactCopy copy(Octets(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(bytes)));
    PacketBatch batch;
    batch.count = 1;
    batch.header[0] = copy.bytes();
    batch.frame_bytes[0] = static_cast<uint32_t>(bytes);
    parse_batch(batch, 9000, {});
    const auto table = TargetTable::build({line_rule(0, 100, 200)});
    counter_.count(batch, 0, *table, kNow);
  }
  EXPECT_LE(counted(0), frame.size() - 22 + 1);
  EXPECT_GE(counted(0), 1U);
}

}  // namespace
}  // namespace lictor
