// The rx loop beside a session lcore: configured servers' messages reach it, and packets of bound addresses are copied
// with their session's CIN.
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

const Octets kServer = {198, 51, 100, 1};
const Octets kSubscriber = {192, 0, 2, 7};

Octets datagram(uint16_t source_port, uint16_t destination_port, const Octets& payload) {
  Octets octets;
  append16(octets, source_port);
  append16(octets, destination_port);
  append16(octets, static_cast<unsigned>(8 + payload.size()));
  append16(octets, 0);
  append(octets, payload);
  return octets;
}

std::shared_ptr<const SignalSources> radius_server() {
  std::vector<SignalServer> servers;
  servers.push_back({.address = *IpPrefix::parse("198.51.100.1"), .ports = {1812, 1813}, .source_set = 3});
  return std::make_shared<const SignalSources>(std::move(servers));
}

class RxSignals : public testing::Test {
 protected:
  RxSignals() : bench_({.signals = radius_server()}) {}

  // As a session lcore does at its start, and with rules of bindings.
  void bind(const std::vector<TargetRule>& rules) {
    TargetTableBuilder builder;
    builder.watch(*IpPrefix::parse("198.51.100.1"));
    for (const TargetRule& rule : rules) builder.add(rule);
    bench_.bindings().publish(builder.build());
    while (bench_.bindings().settled() < bench_.bindings().published()) {
      std::this_thread::yield();
      bench_.bindings().tend();
    }
  }
  static TargetRule binding(uint32_t slot, uint32_t cin) {
    TargetRule rule = host_rule(slot, kSubscriber);
    rule.cin = cin;
    return rule;
  }
  static Octets request(const Octets& source, const Octets& destination, uint16_t port = 1813) {
    return ethernet(kIpv4Type, ipv4({.source = source, .destination = destination}, datagram(40000, port, {1, 2, 3})));
  }

  RxBench bench_;
};

TEST_F(RxSignals, MessagesOfAServerReachTheSessionLcoreAndNoOthers) {
  bind({});
  bench_.start();
  bench_.send(request({203, 0, 113, 5}, kServer));                                          // to it
  bench_.send(ethernet(kIpv4Type, ipv4({.source = kServer}, datagram(1812, 40001, {4}))));  // from it
  bench_.send(request({203, 0, 113, 5}, kServer, 53));                                      // another port
  bench_.send(request(kServer, {203, 0, 113, 5}));  // the port is the other host's
  bench_.send(request({203, 0, 113, 5}, {203, 0, 113, 6}));
  bench_.wait_received(5);
  bench_.stop();
  const std::vector<TakenSignal> signals = bench_.take_signals();
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].message, (Octets{1, 2, 3}));
  EXPECT_EQ(signals[0].header.kind, SignalKind::kRadius);
  EXPECT_EQ(signals[0].header.source_set, 3);
  EXPECT_EQ(signals[0].header.source.port, 40000);
  EXPECT_EQ(signals[0].header.destination.port, 1813);
  EXPECT_EQ(signals[0].header.destination.address[3], 1);
  EXPECT_EQ(signals[0].header.source_mac[5], 2);
  EXPECT_EQ(signals[0].header.hop_limit, 64);
  EXPECT_EQ(signals[0].frame, request({203, 0, 113, 5}, kServer));
  EXPECT_EQ(signals[1].message, Octets{4});
  EXPECT_EQ(bench_.signals().taken.get(), 2U);
  EXPECT_EQ(bench_.packets().unmatched.get(), 5U) << "signalling is nobody's packet";
  bench_.expect_sums(0);
}

TEST_F(RxSignals, PacketsOfABoundAddressAreCopiedWithTheirCin) {
  bind({binding(0, 100), binding(1, 500)});
  bench_.start();
  bench_.send(target_frame(1));
  bench_.send(foreign_frame());
  bench_.wait_received(2);
  bind({binding(1, 501)});
  bench_.send(target_frame(2));
  bench_.wait_received(3);
  bench_.stop();
  const std::vector<TakenRecord> records = bench_.take();
  ASSERT_EQ(records.size(), 2U);
  ASSERT_EQ(records[0].tasks.size(), 2U);
  EXPECT_EQ(records[0].tasks[0].cin, 100U);
  EXPECT_EQ(records[0].tasks[1].cin, 500U);
  ASSERT_EQ(records[1].tasks.size(), 1U);
  EXPECT_EQ(records[1].tasks[0].slot, TaskSlot{1});
  EXPECT_EQ(records[1].tasks[0].cin, 501U);
  bench_.expect_sums(3);
}

TEST_F(RxSignals, AnAddressThatATaskNamesAndASessionHasIsDeliveredOnceUnderTheSession) {
  bench_.publish({host_rule(0, kSubscriber)});
  bind({binding(0, 100)});
  bench_.start();
  bench_.send(target_frame(1));
  bench_.wait_received(1);
  bench_.stop();
  const std::vector<TakenRecord> records = bench_.take();
  ASSERT_EQ(records.size(), 1U);
  ASSERT_EQ(records[0].tasks.size(), 1U);
  EXPECT_EQ(records[0].tasks[0].cin, 100U);
  EXPECT_EQ(records[0].tasks[0].direction, Direction::kFromTarget);
}

TEST_F(RxSignals, WithoutASessionTheCinIsTheTasksOwn) {
  bench_.publish({host_rule(0, kSubscriber)});
  bind({});
  bench_.start();
  bench_.send(target_frame(1));
  bench_.wait_received(1);
  bench_.stop();
  const std::vector<TakenRecord> records = bench_.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].tasks[0].cin, 0U);
}

TEST_F(RxSignals, FragmentsGoAsTheyAreWithTheirIpHeader) {
  bind({});
  bench_.start();
  const Octets payload = datagram(40000, 1813, {1, 2, 3});
  const Octets first = ipv4({.fragment = 0x2000, .destination = kServer}, payload);
  const Octets later = ipv4({.fragment = 0x0004, .destination = kServer}, {1, 2, 3, 4});
  const Octets others = ipv4({.fragment = 0x2000, .destination = {192, 0, 2, 99}}, payload);
  for (const Octets& packet : {first, later, others}) bench_.send(ethernet(kIpv4Type, packet));
  bench_.wait_received(3);
  bench_.stop();
  const std::vector<TakenSignal> signals = bench_.take_signals();
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].message, first);
  EXPECT_EQ(signals[1].message, later);
  EXPECT_EQ(bench_.signals().fragments.get(), 2U);
}

TEST_F(RxSignals, PaddingAndCutLengthsAreNoPartOfAMessage) {
  bind({});
  bench_.start();
  Octets padded = request({203, 0, 113, 5}, kServer);
  padded.resize(60, 0xee);
  bench_.send(padded);
  Octets lying = datagram(40000, 1813, {1, 2, 3});
  lying[5] = 200;  // longer than the packet
  bench_.send(ethernet(kIpv4Type, ipv4({.destination = kServer}, lying)));
  Octets short_one = datagram(40000, 1813, {1, 2, 3});
  short_one[5] = 7;  // shorter than its own header
  bench_.send(ethernet(kIpv4Type, ipv4({.destination = kServer}, short_one)));
  bench_.wait_received(3);
  bench_.stop();
  const std::vector<TakenSignal> signals = bench_.take_signals();
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].message, (Octets{1, 2, 3}));
  EXPECT_EQ(signals[1].message, (Octets{1, 2, 3}));
  EXPECT_EQ(bench_.signals().cut.get(), 1U);
}

TEST_F(RxSignals, WhatASessionLcoreDoesNotTakeIsLostAndCounted) {
  RxBench bench({.signals = radius_server(), .signal_ring_bytes = SpscByteRing::kBytesMin});
  TargetTableBuilder builder;
  builder.watch(*IpPrefix::parse("198.51.100.1"));
  bench.bindings().publish(builder.build());
  bench.start();
  constexpr uint64_t kFrames = 1000;
  for (uint64_t i = 0; i < kFrames; ++i) {
    bench.send(request({203, 0, 113, 5}, kServer));
    bench.wait_received(i + 1);
  }
  bench.stop();
  EXPECT_EQ(bench.signals().taken.get() + bench.signals().lost.get(), kFrames);
  EXPECT_EQ(bench.take_signals().size(), bench.signals().taken.get());
  EXPECT_GT(bench.signals().lost.get(), 0U);
  bench.expect_sums(0);
}

TEST_F(RxSignals, TheSessionLcoreLearnsHowFarItHasHeard) {
  bind({});
  const LegalTime before = legal_now();
  bench_.start();
  bench_.send(request({203, 0, 113, 5}, kServer));
  bench_.wait_received(1);
  while (bench_.signals_passed() < before) std::this_thread::yield();
  bench_.stop();
  EXPECT_EQ(bench_.take_signals().size(), 1U);
}

}  // namespace
}  // namespace lictor
