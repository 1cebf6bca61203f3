// Replay: nothing is polled before the taps are there, and nothing that was polled is lost.
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

TEST(RxReplay, NothingIsPolledBeforeTheGateOpens) {
  RxBench bench({.lossless = true, .open = false});
  bench.publish({host_rule(0)});
  bench.send(target_frame(1));
  bench.start();
  // Many idle rounds: the time that has passed moves in each of them.
  const LegalTime later{legal_now().unix_ns + 5'000'000};
  while (bench.passed() < later) std::this_thread::yield();
  EXPECT_EQ(bench.received(), 0U);
  bench.open();
  bench.wait_received(1);
  EXPECT_EQ(bench.take().size(), 1U);
}

TEST(RxReplay, PollsOnlyWhileEveryRingHasRoomForAWholeBurst) {
  // Room for one burst at its longest, and a little more.
  RxBench bench({.ring_bytes = burst_bytes_max(kFrameBytesMax, 1), .lossless = true});
  bench.publish({host_rule(0)});
  bench.start();
  constexpr uint64_t kFrames = 3000;
  for (uint64_t i = 0; i < kFrames; ++i) bench.send(target_frame(static_cast<uint8_t>(i), 1400));
  size_t taken = 0;
  uint8_t expected = 0;
  while (taken < kFrames) {
    for (const TakenRecord& record : bench.take()) {
      EXPECT_EQ(record.frame.back(), expected++) << "in order";
      ++taken;
    }
  }
  bench.stop();
  EXPECT_EQ(bench.task(0).dropped.total(), 0U);
  bench.expect_sums(kFrames);
}

TEST(RxReplay, OneFullRingHoldsBackAllOfThem) {
  RxBench bench({.encoders = 2, .ring_bytes = burst_bytes_max(kFrameBytesMax, 1), .lossless = true});
  bench.publish({host_rule(0), host_rule(1)});
  bench.start();
  constexpr uint64_t kFrames = 2000;
  for (uint64_t i = 0; i < kFrames; ++i) bench.send(target_frame(static_cast<uint8_t>(i), 1400));
  const LegalTime later{legal_now().unix_ns + 20'000'000};
  size_t of_first = 0;
  while (bench.passed(0) < later) of_first += bench.take(0).size();  // nobody reads the second ring
  EXPECT_LT(bench.received(), kFrames);
  size_t of_second = 0;
  while (of_second < kFrames) {
    of_first += bench.take(0).size();
    of_second += bench.take(1).size();
  }
  bench.stop();
  of_first += bench.take(0).size();
  EXPECT_EQ(of_first, kFrames);
  bench.expect_sums(2 * kFrames);
}

// Tunnels in tunnels, with a target on every level: each frame is copied once for each.
TEST(RxReplay, ABurstOfNestedFramesNeedsRoomForACopyOfEachLevel) {
  const size_t one_level = burst_bytes_max(kFrameBytesMax, 1);
  EncapsulationTrust trust;
  trust.trust(Encapsulation::kIpInIp);
  RxBench bench({.ring_bytes = burst_bytes_max(kFrameBytesMax, kIpLevelsMax) + one_level,
                 .lossless = true,
                 .open = false,
                 .trust = trust});
  std::vector<TargetRule> rules;
  Octets packet = udp(kFrameBytesMax - 14 - kIpLevelsMax * 20 - 8);
  for (uint8_t level = 0; level < kIpLevelsMax; ++level) {
    const Octets source = {192, 0, 2, level};
    rules.push_back(host_rule(level, source));
    packet = ipv4({.protocol = level == 0 ? uint8_t{17} : uint8_t{4}, .source = source}, packet);
  }
  bench.publish(rules);
  constexpr uint64_t kFrames = 3 * kBurst;
  for (uint64_t i = 0; i < kFrames; ++i) bench.send(ethernet(kIpv4Type, packet));
  bench.start();
  bench.open();
  bench.wait_received(kBurst);
  const LegalTime later{legal_now().unix_ns + 20'000'000};
  while (bench.passed() < later) std::this_thread::yield();  // nobody reads the ring
  ASSERT_EQ(bench.received(), kBurst) << "there is room for a burst without tunnels";
  ASSERT_EQ(bench.packets().matched.get(), kBurst);
  size_t taken = 0;
  while (taken < kFrames * kIpLevelsMax) taken += bench.take().size();
  bench.wait_received(kFrames);
  bench.stop();
  for (uint32_t slot = 0; slot < kIpLevelsMax; ++slot) EXPECT_EQ(bench.task(slot).dropped.total(), 0U);
  bench.expect_sums(kFrames * kIpLevelsMax);
}

}  // namespace
}  // namespace lictor
