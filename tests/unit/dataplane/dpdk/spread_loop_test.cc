// The spreader on a port of rings: every frame goes to the lcore of its addresses, in order, or is counted.
#include "dataplane/spread_loop.h"

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <random>

#include "dataplane/packet/spread_hash.h"
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

constexpr size_t kReceivers = 3;

// A frame of flow `flow`, in one of both directions, that ends in `number`.
Octets flow_frame(uint8_t flow, bool back, uint8_t number) {
  const Octets host = {192, 0, 2, flow};
  const Octets peer = {198, 51, 100, 9};
  Octets payload = udp();
  payload.back() = number;
  return ethernet(kIpv4Type, ipv4({.source = back ? peer : host, .destination = back ? host : peer}, payload));
}

size_t receiver_of_flow(uint8_t flow) { return receiver_of(spread_hash(flow_frame(flow, false, 0)), kReceivers); }

struct Taken {
  uint8_t flow;
  bool back;
  uint8_t number;
  int64_t stamp;
};

struct BenchPlan {
  uint32_t ring_frames = 1024;
  bool lossless = false;
  StampKind stamps = StampKind::kHost;
};

// The loop on a port, with the rings of three receivers; all rounds in the test's thread.
class SpreadBench {
 public:
  explicit SpreadBench(const BenchPlan& plan = {}) {
    static int number = 0;
    const std::string name = "spread" + std::to_string(number++) + "-";
    SpreadQueue queue{.port_id = port.id(),
                      .waiting_max = 1000,
                      .arrival = {.kind = plan.stamps, .field = field_},
                      .account = &account};
    for (size_t i = 0; i < kReceivers; ++i) {
      rings.push_back(*FrameRing::make(name + std::to_string(i), plan.ring_frames));
      queue.rings.push_back(rings.back().get());
    }
    plan_ = {.queues = {queue}, .stamps = field_, .lossless = plan.lossless, .open = &open, .stop = &stop_};
    loop = std::make_unique<SpreadLoop>(plan_);
  }

  void run() {
    while (loop->run_round()) {
    }
  }

  // What waits for a receiver.
  std::vector<Taken> take(size_t receiver) {
    std::vector<Taken> all;
    rte_mbuf* frame = nullptr;
    while (rings[receiver]->take(&frame, 1) == 1) {
      Octets octets(frame->pkt_len);
      const void* const whole = rte_pktmbuf_read(frame, 0, frame->pkt_len, octets.data());
      if (whole != octets.data()) std::memcpy(octets.data(), whole, octets.size());
      const bool back = octets[26] == 198;
      all.push_back(
          {.flow = octets[back ? 33 : 29],
           .back = back,
           .number = octets.back(),
           .stamp = static_cast<int64_t>(*RTE_MBUF_DYNFIELD(frame, field_.offset, const rte_mbuf_timestamp_t*))});
      rte_pktmbuf_free(frame);
    }
    return all;
  }

  RingPort port;
  SpreadAccount account;
  std::vector<std::unique_ptr<FrameRing>> rings;
  std::atomic<bool> open{true};
  std::unique_ptr<SpreadLoop> loop;

 private:
  const StampField field_ = *find_stamp_field();
  std::atomic<bool> stop_{false};
  SpreadPlan plan_;
};

TEST(SpreadLoop, EveryFrameGoesToTheReceiverOfItsAddressesInTheOrderOfItsDirection) {
  SpreadBench bench;
  std::mt19937 random(7);
  std::array<std::array<uint8_t, 2>, 20> sent{};
  for (int i = 0; i < 1000; ++i) {
    const auto flow = static_cast<uint8_t>(random() % sent.size());
    const bool back = random() % 2 != 0;
    bench.port.send(flow_frame(flow, back, sent[flow][back]++), i % 3 == 0 ? 11 : 2000);
  }
  bench.run();
  std::array<std::array<uint8_t, 2>, 20> seen{};
  size_t busy_receivers = 0;
  for (size_t receiver = 0; receiver < kReceivers; ++receiver) {
    const std::vector<Taken> taken = bench.take(receiver);
    busy_receivers += taken.empty() ? 0 : 1;
    for (const Taken& frame : taken) {
      EXPECT_EQ(receiver_of_flow(frame.flow), receiver);
      EXPECT_EQ(frame.number, seen[frame.flow][frame.back]++);
    }
  }
  EXPECT_EQ(seen, sent);
  EXPECT_EQ(busy_receivers, kReceivers);
  EXPECT_EQ(bench.account.dropped.get(), 0U);
  EXPECT_EQ(bench.port.buffers_in_use(), 0U);
}

TEST(SpreadLoop, FullRingIsACountedDropOfThatReceiverAlone) {
  SpreadBench bench({.ring_frames = 40});
  uint8_t flow = 0;
  while (receiver_of_flow(flow) != 1) ++flow;
  uint8_t other = 0;
  while (receiver_of_flow(other) != 2) ++other;
  const size_t frame_bytes = flow_frame(flow, false, 0).size();
  for (uint8_t i = 0; i < 100; ++i) bench.port.send(flow_frame(flow, false, i));
  for (uint8_t i = 0; i < 30; ++i) bench.port.send(flow_frame(other, false, i));
  bench.run();
  const std::vector<Taken> taken = bench.take(1);
  ASSERT_EQ(taken.size(), 40U);
  for (size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i].number, i) << "the first ones, in order";
  EXPECT_EQ(bench.take(2).size(), 30U);
  EXPECT_EQ(bench.account.dropped.get(), 60U);
  EXPECT_EQ(bench.account.dropped_bytes.get(), 60U * frame_bytes);
  EXPECT_EQ(bench.port.buffers_in_use(), 0U) << "the spreader frees what it drops";
}

TEST(SpreadLoop, ReplayReceivesOnlyWhereEveryRingHasRoomForABurst) {
  SpreadBench bench({.ring_frames = kBurst + 10, .lossless = true});
  uint8_t flow = 0;
  while (receiver_of_flow(flow) != 1) ++flow;
  for (uint8_t i = 0; i < 200; ++i) bench.port.send(flow_frame(flow, false, i));
  size_t taken = 0;
  while (taken < 200) {
    bench.run();
    const size_t now = bench.take(1).size();
    ASSERT_GT(now, 0U);
    taken += now;
  }
  EXPECT_EQ(bench.account.dropped.get(), 0U);
}

TEST(SpreadLoop, WhatWaitsIsThrownAwayAndCountedAsIdle) {
  SpreadBench bench;
  for (uint8_t i = 0; i < 100; ++i) bench.port.send(flow_frame(i, false, i));
  bench.loop->drain();
  EXPECT_EQ(bench.account.idle.get(), 100U);
  EXPECT_EQ(bench.account.dropped.get(), 0U);
  for (size_t receiver = 0; receiver < kReceivers; ++receiver) EXPECT_TRUE(bench.take(receiver).empty());
  EXPECT_EQ(bench.port.buffers_in_use(), 0U);
}

TEST(SpreadLoop, NothingIsReceivedBeforeTheGateOpens) {
  SpreadBench bench;
  bench.open.store(false);
  bench.port.send(flow_frame(1, false, 1));
  EXPECT_FALSE(bench.loop->run_round());
  EXPECT_EQ(bench.port.waiting(), 1U);
  bench.open.store(true);
  EXPECT_TRUE(bench.loop->run_round());
}

TEST(SpreadLoop, FrameIsStampedWhenItIsReceivedAndACapturesStampIsKept) {
  SpreadBench live;
  const LegalTime before = legal_now();
  live.port.send(flow_frame(1, false, 1));
  live.run();
  const LegalTime after = legal_now();
  const std::vector<Taken> taken = live.take(receiver_of_flow(1));
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_GE(taken[0].stamp, before.unix_ns);
  EXPECT_LE(taken[0].stamp, after.unix_ns);

  SpreadBench capture({.stamps = StampKind::kCapture});
  capture.port.send(flow_frame(1, false, 1), 2000, 1'700'000'000'123'456);
  capture.run();
  const std::vector<Taken> replayed = capture.take(receiver_of_flow(1));
  ASSERT_EQ(replayed.size(), 1U);
  EXPECT_EQ(replayed[0].stamp, 1'700'000'000'123'456);
}

TEST(SpreadLoop, RxLcoreTakesFromTheRingAndCountsWhatItTook) {
  SpreadBench bench;
  RxBench rx({.arrival = {.kind = StampKind::kSpreader, .field = *find_stamp_field()}, .ring = bench.rings[0].get()});
  rx.publish({host_rule(3, {192, 0, 2, 7})});
  uint8_t mine = 7;
  ASSERT_LT(receiver_of_flow(mine), kReceivers);
  for (uint8_t i = 0; i < 50; ++i) bench.port.send(flow_frame(mine, i % 2 != 0, i));
  const LegalTime before = legal_now();
  bench.run();
  const LegalTime after = legal_now();
  // The receiver's ring, whichever it is, is this rx lcore's.
  std::vector<rte_mbuf*> moved(50);
  if (const size_t receiver = receiver_of_flow(mine); receiver != 0) {
    ASSERT_EQ(bench.rings[receiver]->take(moved.data(), moved.size()), 50U);
    ASSERT_EQ(bench.rings[0]->put(moved.data(), moved.size()), 50U);
  }
  rx.start();
  rx.wait_received(50);
  rx.stop();
  const std::vector<TakenRecord> records = rx.take();
  ASSERT_EQ(records.size(), 50U);
  for (const TakenRecord& record : records) {
    EXPECT_GE(record.header.arrival.unix_ns, before.unix_ns) << "the spreader's reading, not the rx lcore's";
    EXPECT_LE(record.header.arrival.unix_ns, after.unix_ns);
  }
  rx.expect_sums(50);
  EXPECT_EQ(bench.port.buffers_in_use(), 0U);
}

TEST(FrameRing, HoldsExactlyWhatItWasMadeForAndFreesWhatNobodyTakes) {
  RingPort port;
  {
    const std::unique_ptr<FrameRing> ring = *FrameRing::make("exact", 100);
    EXPECT_EQ(ring->room(), 100U);
    EXPECT_TRUE(ring->empty());
    SpreadQueue queue{.port_id = port.id(), .arrival = {}, .account = nullptr};
    SpreadAccount account;
    queue.account = &account;
    queue.rings = {ring.get()};
    const std::atomic<bool> open{true};
    const SpreadPlan plan{.queues = {queue}, .stamps = *find_stamp_field(), .open = &open};
    SpreadLoop loop(plan);
    for (uint8_t i = 0; i < 100; ++i) port.send(flow_frame(i, false, i));
    while (loop.run_round()) {
    }
    EXPECT_EQ(ring->room(), 0U);
    EXPECT_EQ(port.buffers_in_use(), 100U);
  }
  EXPECT_EQ(port.buffers_in_use(), 0U);
}

}  // namespace
}  // namespace lictor
