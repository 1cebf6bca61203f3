// Targets whose frames are handed over as such: every frame of theirs is copied once, in whatever state, and told apart
// in its record from the packet that others get of it.
#include <rte_mbuf.h>

#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

constexpr uint16_t kLldpType = 0x88cc;

// The card that the test's frames come from.
TargetRule card_rule(uint32_t slot, bool frames) {
  TargetRule rule = host_rule(slot);
  rule.key = RuleKey::kMac;
  rule.prefix = {};
  rule.mac = {2, 0, 0, 0, 0, 2};
  rule.frames = frames;
  return rule;
}

Octets strangers(Octets frame) {
  frame[11] = 0xee;
  return frame;
}

TEST(RxFrames, EveryFrameOfACardIsCopiedAsItCame) {
  RxBench bench;
  bench.publish({card_rule(3, true)});
  bench.start();
  const std::vector<Octets> mine = {
      ethernet(kArpType, Octets(46)),
      ethernet(kLldpType, Octets(90, 0x11)),
      ethernet(0x8864, Octets(80, 0x21), {{0x8100, 100}}),
      target_frame(1),
      ethernet(kIpv4Type, ipv4({.version = 5}, udp())),  // no packet, but a frame
      ethernet(kIpv6Type, Octets(7, 0x60)),
  };
  for (const Octets& frame : mine) {
    bench.send(frame);
    bench.send(strangers(frame));
  }
  bench.wait_received(2 * mine.size());
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), mine.size());
  for (size_t i = 0; i < mine.size(); ++i) {
    EXPECT_EQ(records[i].frame, mine[i]) << i;
    ASSERT_EQ(records[i].tasks.size(), 1U);
    EXPECT_TRUE(records[i].tasks[0].whole_frame);
    EXPECT_EQ(records[i].tasks[0].direction, Direction::kFromTarget);
  }
  EXPECT_EQ(records[0].header.view_kind, ViewKind::kFrame);
  EXPECT_EQ(records[0].header.view_bytes, mine[0].size());
  EXPECT_EQ(records[3].header.view_kind, ViewKind::kIpv4);
  EXPECT_EQ(bench.packets().matched.get(), mine.size());
  EXPECT_EQ(bench.packets().drops.total(), 2U) << "what is no packet of the stranger's";
  EXPECT_EQ(bench.task(3).not_ip.get(), 0U) << "nothing of it was missed";
  bench.expect_sums(records.size());
  EXPECT_EQ(bench.buffers_in_use(), 0U);
}

TEST(RxFrames, OneCopyServesWhoGetsThePacketAndWhoGetsTheFrame) {
  RxBench bench({.encoders = 2});
  bench.publish({card_rule(0, true), card_rule(1, false), card_rule(2, true), host_rule(3), card_rule(4, false)});
  bench.start();
  const Octets packet = target_frame(1);
  const Octets arp = ethernet(kArpType, Octets(46));
  bench.send(packet);
  bench.send(arp);
  bench.wait_received(2);
  bench.stop();
  std::map<uint32_t, std::vector<bool>> whole;  // by task
  size_t copies = 0;
  for (const size_t encoder : {0, 1}) {
    const std::vector<TakenRecord> records = bench.take(encoder);
    EXPECT_LE(records.size(), 2U) << "a record for each frame";
    for (const TakenRecord& record : records) {
      EXPECT_TRUE(record.frame == packet || record.frame == arp);
      for (const MatchedTask& task : record.tasks) whole[index_of(task.slot)].push_back(task.whole_frame);
      copies += record.tasks.size();
    }
  }
  const std::map<uint32_t, std::vector<bool>> expected = {
      {0, {true, true}}, {1, {false}}, {2, {true, true}}, {3, {false}}, {4, {false}}};
  EXPECT_EQ(whole, expected);
  EXPECT_EQ(bench.task(1).not_ip.get(), 1U);
  EXPECT_EQ(bench.task(4).not_ip.get(), 1U);
  bench.expect_sums(copies);
}

TEST(RxFrames, AFragmentIsAFrameAndIsGivenOnce) {
  RxBench bench;
  TargetRule ports = host_rule(1);  // so that later fragments wait for their first
  ports.target_ports = {.first = 5060, .last = 5060};
  bench.publish({card_rule(0, true), ports});
  bench.start();
  const Octets later = ethernet(kIpv4Type, ipv4({.fragment = 185}, Octets(100)));
  const Octets first = ethernet(kIpv4Type, ipv4({.fragment = 0x2000}, udp(100)));
  bench.send(later);
  bench.send(first);
  bench.wait_received(2);
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].frame, later);
  EXPECT_EQ(records[1].frame, first);
  EXPECT_EQ(bench.task(0).matched.get(), 2U);
  bench.expect_sums(records.size());
}

TEST(RxFrames, WhatIsTooLongForARecordIsADrop) {
  RxBench bench;
  bench.publish({card_rule(0, true)});
  bench.start();
  bench.send(ethernet(kLldpType, Octets(kFrameBytesMax)), 1500);
  bench.wait_received(1);
  bench.stop();
  EXPECT_TRUE(bench.take().empty());
  EXPECT_EQ(bench.packets().drops.get(PacketDrop::kFrameTooLong), 1U);
  bench.expect_sums(0);
}

}  // namespace
}  // namespace lictor
