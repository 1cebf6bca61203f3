// The rx loop on a port of rings: every packet has a fate, every copy is whole.
#include "dataplane/rx_loop.h"

#include <rte_mbuf.h>

#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

TEST(RxLoop, EveryPacketHasOneFateAndEveryBufferComesBack) {
  RxBench bench;
  bench.publish({host_rule(3)});
  bench.start();
  for (uint8_t i = 0; i < 50; ++i) {
    bench.send(target_frame(i));
    bench.send(foreign_frame());
    bench.send(ethernet(kArpType, Octets(28)));
    bench.send(Octets(9));                                         // truncated
    bench.send(ethernet(kIpv4Type, ipv4({.version = 5}, udp())));  // bad version
    bench.send(target_frame(i, kFrameBytesMax), 1500);             // with its headers too long
  }
  bench.wait_received(300);
  bench.stop();
  EXPECT_EQ(bench.packets().matched.get(), 50U);
  EXPECT_EQ(bench.packets().unmatched.get(), 100U);
  EXPECT_EQ(bench.packets().drops.get(PacketDrop::kTruncated), 50U);
  EXPECT_EQ(bench.packets().drops.get(PacketDrop::kBadVersion), 50U);
  EXPECT_EQ(bench.packets().drops.get(PacketDrop::kFrameTooLong), 50U);
  bench.expect_sums(bench.take().size());
  EXPECT_EQ(bench.buffers_in_use(), 0U);
}

TEST(RxLoop, CopyIsTheWholeFrameAndItsViewThePacket) {
  RxBench bench;
  bench.publish({host_rule(3)});
  bench.start();
  Octets frame = ethernet(kIpv4Type, ipv4({}, udp()), {{.control = 100}});
  const size_t packet_bytes = frame.size() - 18;
  frame.resize(64, 0xee);  // Ethernet's padding
  const LegalTime before = legal_now();
  bench.send(frame);
  bench.wait_received(1);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  const MatchRecordHeader& header = records[0].header;
  EXPECT_EQ(records[0].frame, frame);
  EXPECT_EQ(header.original_bytes, frame.size());
  EXPECT_EQ(header.view_offset, 18U);
  EXPECT_EQ(header.view_bytes, packet_bytes);
  EXPECT_EQ(header.view_whole_bytes, packet_bytes);
  EXPECT_EQ(header.view_kind, ViewKind::kIpv4);
  EXPECT_GE(header.arrival.unix_ns, before.unix_ns);
  EXPECT_LE(header.arrival.unix_ns, legal_now().unix_ns);
  ASSERT_EQ(records[0].tasks.size(), 1U);
  EXPECT_EQ(records[0].tasks[0].slot, TaskSlot{3});
  EXPECT_EQ(records[0].tasks[0].direction, Direction::kFromTarget);
  EXPECT_EQ(records[0].tasks[0].lost_before, 0U);
}

TEST(RxLoop, FrameInSegmentsIsParsedAndCopiedAsOne) {
  RxBench bench;
  bench.publish({host_rule(0)});
  bench.start();
  std::vector<Octets> frames;
  for (const size_t segment_bytes : {1, 7, 14, 33, 100, 256, 1000}) {
    frames.push_back(target_frame(static_cast<uint8_t>(segment_bytes), 700));
    bench.send(frames.back(), segment_bytes);
  }
  bench.wait_received(frames.size());
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(records[i].frame, frames[i]);
    EXPECT_EQ(records[i].header.view_bytes, frames[i].size() - 14);
  }
}

TEST(RxLoop, PacketThatWasCapturedInPartIsCountedAndSaysItsWholeLength) {
  RxBench bench;
  bench.publish({host_rule(0)});
  bench.start();
  Octets frame = target_frame(1, 500);
  frame.resize(100);
  bench.send(frame);
  bench.wait_received(1);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].header.view_bytes, 86U);
  EXPECT_EQ(records[0].header.view_whole_bytes, 528U);
  EXPECT_EQ(bench.packets().truncated.get(), 1U);
}

TEST(RxLoop, CopiesGoToTheEncoderThatOwnsTheTask) {
  RxBench bench({.encoders = 3});
  bench.publish({host_rule(0), host_rule(1), host_rule(4)});
  bench.start();
  bench.send(target_frame(1));
  bench.wait_received(1);
  const auto slots_at = [&](size_t encoder) {
    std::vector<TaskSlot> slots;
    for (const TakenRecord& record : bench.take(encoder)) {
      for (const MatchedTask& task : record.tasks) slots.push_back(task.slot);
    }
    return slots;
  };
  EXPECT_EQ(slots_at(0), std::vector<TaskSlot>({TaskSlot{0}}));
  EXPECT_EQ(slots_at(1), std::vector<TaskSlot>({TaskSlot{1}, TaskSlot{4}}));
  EXPECT_TRUE(slots_at(2).empty());
}

TEST(RxLoop, FlowIsCopiedByBothOfItsSidesAndNothingElseOfItsAddress) {
  RxBench bench;
  TargetRule flow = host_rule(3);
  flow.protocol = 17;
  flow.target_ports = {4000, 4000};
  flow.remote_ports = {53, 53};
  bench.publish({flow});
  bench.start();
  const Octets address = Ipv4Fields{}.source;
  Octets answer = udp();
  std::swap_ranges(answer.begin(), answer.begin() + 2, answer.begin() + 2);
  Octets other = udp();
  other[3] = 54;
  bench.send(target_frame(1));
  bench.send(ethernet(kIpv4Type, ipv4({.source = {198, 51, 100, 9}, .destination = address}, answer)));
  bench.send(ethernet(kIpv4Type, ipv4({}, other)));
  bench.send(ethernet(kIpv4Type, ipv4({.protocol = 6}, udp())));
  bench.send(ethernet(kIpv4Type, ipv4({.fragment = 0x0010}, udp())));  // its ports are in the first one
  bench.wait_received(5);
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].tasks[0].direction, Direction::kFromTarget);
  EXPECT_EQ(records[1].tasks[0].direction, Direction::kToTarget);
  EXPECT_EQ(bench.packets().unmatched.get(), 3U);
  bench.expect_sums(2);
}

TEST(RxLoop, PublishedTableIsInForceForEveryPacketThatComesLater) {
  RxBench bench;
  bench.start();
  for (uint8_t round = 0; round < 100; ++round) {
    bench.publish({host_rule(round % 2)});
    bench.send(target_frame(round));
    bench.wait_received(round + 1U);
    const std::vector<TakenRecord> records = bench.take();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].tasks.at(0).slot, TaskSlot{round % 2U});
  }
}

TEST(RxLoop, NothingIsCopiedOutsideOfTheWindow) {
  RxBench bench;
  TargetRule past = host_rule(0);
  past.stop = {legal_now().unix_ns};
  TargetRule future = host_rule(1);
  future.start = {legal_now().unix_ns + 3600 * kNanosecondsPerSecond};
  bench.publish({past, future});
  bench.start();
  bench.send(target_frame(1));
  bench.wait_received(1);
  EXPECT_TRUE(bench.take().empty());
  EXPECT_EQ(bench.packets().unmatched.get(), 1U);
}

TEST(RxLoop, TimeUpToWhichAllWasHandedOverMovesOnWithoutPackets) {
  RxBench bench({.encoders = 2});
  bench.start();
  const LegalTime now = legal_now();
  while (bench.passed(0) < now || bench.passed(1) < now) std::this_thread::yield();
  const LegalTime passed = bench.passed(0);  // read first: it goes on moving
  EXPECT_LE(passed, legal_now());
}

void put(FrameRing& ring, rte_mempool& pool, const Octets& octets) {
  rte_mbuf* frame = rte_pktmbuf_alloc(&pool);
  ASSERT_NE(frame, nullptr);
  std::memcpy(rte_pktmbuf_append(frame, static_cast<uint16_t>(octets.size())), octets.data(), octets.size());
  ASSERT_EQ(ring.put(&frame, 1), 1U);
}

TEST(RxLoop, CandidatesThatGatherAreAllCopiedInOrderHoweverManyOfABurstTheyAre) {
  const MbufPool pool = *make_mbuf_pool(8191, 2048, kAnyNode);
  const std::unique_ptr<FrameRing> ring = *FrameRing::make("gather", 1024);
  RxBench bench;
  bench.publish({host_rule(3)});
  RxPlan plan = bench.plan();
  plan.queues = {{.ring = ring.get()}};
  RxLoop loop(plan);
  std::vector<Octets> sent;
  for (const size_t of_burst : {1, 0, 31, 32, 5, 32, 0, 17, 1, 32}) {
    for (size_t i = 0; i < kBurst; ++i) {
      const bool is_target = i % 32 < of_burst;
      if (is_target) sent.push_back(target_frame(static_cast<uint8_t>(sent.size())));
      put(*ring, *pool, is_target ? sent.back() : foreign_frame());
    }
  }
  EXPECT_TRUE(loop.run_round());
  EXPECT_FALSE(loop.is_settled()) << "a candidate waits";
  while (loop.run_round()) {
  }
  EXPECT_TRUE(loop.is_settled());
  std::vector<Octets> taken;
  for (const TakenRecord& record : bench.take()) taken.push_back(record.frame);
  EXPECT_EQ(taken, sent);
  EXPECT_EQ(bench.packets().matched.get(), sent.size());
  EXPECT_EQ(bench.packets().unmatched.get(), 10 * kBurst - sent.size());
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

void put_bursts(FrameRing& ring, rte_mempool& pool, size_t bursts) {
  for (size_t i = 0; i < bursts * kBurst; ++i) put(ring, pool, Octets(60));
}

TEST(RxLoop, SettlesHoweverManyQueuesNeverRunDry) {
  for (size_t queues = 1; queues <= 9; ++queues) {
    const MbufPool pool = *make_mbuf_pool(8191, 2048, kAnyNode);
    RxBench bench;
    RxPlan plan = bench.plan();
    plan.queues.clear();
    std::vector<std::unique_ptr<FrameRing>> rings;
    for (size_t i = 0; i < queues; ++i) {
      rings.push_back(*FrameRing::make("settle-" + std::to_string(i), 1024));
      plan.queues.push_back({.ring = rings.back().get()});
    }
    RxLoop loop(plan);
    put_bursts(*rings[0], *pool, 1);  // one round in which one queue alone has something
    EXPECT_TRUE(loop.run_round());
    for (const auto& ring : rings) put_bursts(*ring, *pool, 20);
    size_t settled = 0;
    for (int round = 0; round < 16; ++round) {
      ASSERT_TRUE(loop.run_round());
      settled += loop.is_settled() ? 1 : 0;
    }
    EXPECT_GE(settled, 2U) << queues << " queues";
    loop.end();
    EXPECT_EQ(bench.received(), (1 + 16 * queues) * kBurst);
  }
}

}  // namespace
}  // namespace lictor
