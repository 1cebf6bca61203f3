// An rx lcore while nothing is tapped: what comes is thrown away unlooked and counted, and nothing of it is left when
// the first tap is there.
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

// Until the lcore has seen that it may sleep: a frame is idle then, and received before.
void fall_asleep(RxBench& bench) {
  bench.gate().sleep();
  for (uint64_t idle = bench.idle(); bench.idle() == idle;) {
    const uint64_t received = bench.received();
    bench.send(foreign_frame());
    while (bench.received() == received && bench.idle() == idle) std::this_thread::yield();
  }
}

TEST(RxIdle, FramesFromBeforeTheWakingAreIdleAndThoseFromAfterAreLookedAt) {
  RxBench bench({.sleeps_untapped = true, .untapped_poll_ms = 1});
  bench.start();
  for (int round = 0; round < 20; ++round) {
    const uint64_t idle = bench.idle();
    for (uint8_t i = 0; i < 50; ++i) bench.send(target_frame(100));
    bench.gate().wake();
    EXPECT_EQ(bench.port().waiting(), 0U);
    EXPECT_EQ(bench.idle(), idle + 50);
    bench.publish({host_rule(0)});
    const uint64_t received = bench.received();
    for (uint8_t i = 0; i < 10; ++i) bench.send(target_frame(i));
    bench.wait_received(received + 10);
    const std::vector<TakenRecord> records = bench.take();
    ASSERT_EQ(records.size(), 10U);
    for (uint8_t i = 0; i < 10; ++i) EXPECT_EQ(records[i].frame.back(), i);
    bench.publish({});
    fall_asleep(bench);
  }
  bench.stop();
  bench.expect_sums(200);
  EXPECT_EQ(bench.buffers_in_use(), 0U);
}

TEST(RxIdle, SleeperLooksAfterItsQueuesNowAndThen) {
  RxBench bench({.sleeps_untapped = true, .untapped_poll_ms = 1});
  bench.start();
  const LegalTime before = legal_now();
  for (uint8_t i = 0; i < 100; ++i) bench.send(target_frame(i));
  while (bench.idle() < 100) std::this_thread::yield();
  while (bench.passed() < before) std::this_thread::yield();  // tasks that end are not held up
  EXPECT_EQ(bench.received(), 0U);
  EXPECT_EQ(bench.port().waiting(), 0U);
}

TEST(RxIdle, SleeperHoldsUpNoTable) {
  RxBench bench({.sleeps_untapped = true, .untapped_poll_ms = 600'000});
  bench.start();
  for (uint8_t i = 0; i < 20; ++i) bench.publish({host_rule(i)});
}

TEST(RxIdle, NoMoreIsThrownAwayThanCanHaveWaited) {
  RxBench bench({.sleeps_untapped = true, .untapped_poll_ms = 600'000, .waiting_max = 64});
  for (uint8_t i = 0; i < 200; ++i) bench.send(target_frame(i));
  bench.start();
  while (bench.idle() < 64) std::this_thread::yield();
  bench.gate().wake();
  bench.wait_received(200 - 128);
  EXPECT_EQ(bench.idle(), 128U) << "once when it fell asleep, once when it was woken";
}

}  // namespace
}  // namespace lictor
