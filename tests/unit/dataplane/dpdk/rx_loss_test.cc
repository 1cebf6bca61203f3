// What happens to copies where encoders do not keep up: counted, attributed, told in the next copy; receiving goes on.
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

constexpr size_t kSmallRing = SpscByteRing::kBytesMin;

TEST(RxLoss, FullRingLosesCopiesThatTheNextOneTellsOf) {
  RxBench bench({.ring_bytes = kSmallRing});
  bench.publish({host_rule(5)});
  bench.start();
  for (int i = 0; i < 200; ++i) bench.send(target_frame(1, 1000));
  bench.wait_received(200);
  const std::vector<TakenRecord> first = bench.take();
  const uint64_t lost = bench.task(5).dropped.total();
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(first.size() + lost, 200U);
  EXPECT_EQ(bench.task(5).lost_told.get(), 0U);

  bench.send(target_frame(2));
  bench.send(target_frame(3));
  bench.wait_received(202);
  const std::vector<TakenRecord> next = bench.take();
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0].tasks[0].lost_before, lost);
  EXPECT_EQ(next[1].tasks[0].lost_before, 0U);
  EXPECT_EQ(bench.task(5).lost_told.get(), lost);
  bench.expect_sums(first.size() + next.size());
}

TEST(RxLoss, FullRingOfOneEncoderTakesNothingFromAnother) {
  RxBench bench({.encoders = 2, .ring_bytes = kSmallRing});
  bench.publish({host_rule(0), host_rule(1)});
  bench.start();
  size_t of_second = 0;
  for (int i = 0; i < 200; ++i) {
    bench.send(target_frame(1, 1000));
    bench.wait_received(static_cast<uint64_t>(i) + 1);
    of_second += bench.take(1).size();
  }
  EXPECT_EQ(of_second, 200U);
  EXPECT_GT(bench.task(0).dropped.total(), 0U);
  EXPECT_EQ(bench.task(1).dropped.total(), 0U);
  bench.expect_sums(of_second + bench.take(0).size());
}

// Nobody reads, and one target floods: the other's packets find room all the same.
TEST(RxLoss, AFloodThatFillsTheRingCostsItsOwnTaskAlone) {
  RxBench bench({.ring_bytes = 1 << 20});
  const Octets other = {203, 0, 113, 1};
  bench.publish({host_rule(0), host_rule(1, other)});
  bench.start();
  uint64_t sent = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 30; ++i) bench.send(target_frame(1, 1000));
    bench.send(foreign_frame());
    bench.wait_received(sent += 31);
  }
  EXPECT_EQ(bench.task(1).dropped.total(), 0U);
  EXPECT_GT(bench.task(0).dropped.get(RecordDrop::kFairShare), 100U);
  bench.expect_sums(bench.take().size());
}

TEST(RxLoss, TasksBeyondTheLimitOfARecordAreCountedAndTold) {
  constexpr uint32_t kTasks = kTasksPerPacketMax + 10;
  RxBench bench;
  std::vector<TargetRule> rules;
  for (uint32_t slot = 0; slot < kTasks; ++slot) rules.push_back(host_rule(slot));
  bench.publish(rules);
  bench.start();
  bench.send(target_frame(1));
  bench.wait_received(1);
  const std::vector<TakenRecord> first = bench.take();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].tasks.size(), kTasksPerPacketMax);
  uint64_t beyond = 0;
  for (uint32_t slot = 0; slot < kTasks; ++slot) beyond += bench.task(slot).dropped.get(RecordDrop::kFanoutLimit);
  EXPECT_EQ(beyond, 10U);
  bench.expect_sums(kTasksPerPacketMax);

  const uint32_t unlucky = kTasks - 1;
  ASSERT_EQ(bench.task(unlucky).dropped.get(RecordDrop::kFanoutLimit), 1U);
  bench.publish({host_rule(unlucky)});
  bench.send(target_frame(2));
  bench.wait_received(2);
  const std::vector<TakenRecord> next = bench.take();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].tasks[0].lost_before, 1U);
}

TEST(RxLoss, ReceivingGoesOnAndNoBufferIsHeldWhereNobodyReads) {
  RxBench bench({.ring_bytes = kSmallRing});
  bench.publish({host_rule(0)});
  bench.start();
  for (uint64_t round = 1; round <= 20; ++round) {
    for (int i = 0; i < 1000; ++i) bench.send(target_frame(1, 500));
    bench.wait_received(round * 1000);
  }
  bench.stop();
  EXPECT_EQ(bench.buffers_in_use(), 0U);
  bench.expect_sums(bench.take().size());
}

}  // namespace
}  // namespace lictor
