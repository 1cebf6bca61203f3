// Receive interrupts on net_tap: who sleeps is woken by a frame, and by the bell, and not before.
#include "dataplane/dpdk/rx_interrupts.h"

#include <rte_ethdev.h>

#include "tests/unit/dataplane/dpdk/rx_bench.h"
#include "tests/unit/dataplane/dpdk/tap_port.h"

namespace lictor {
namespace {

constexpr uint32_t kForEverMs = 600'000;  // nothing but an interrupt or the bell ends a sleep

class RxInterruptsTest : public testing::Test {
 protected:
  void SetUp() override {
    tap_ = TapPort::open(pools_);
    if (tap_ == nullptr) GTEST_SKIP() << "the kernel gives no TAP interface: NET_ADMIN and NET_RAW are needed";
  }

  BufferPools pools_{4095, 2176};
  std::unique_ptr<TapPort> tap_;
};

TEST_F(RxInterruptsTest, APortSaysWhetherItHasThem) {
  EXPECT_TRUE(tap_->port().has_interrupts());
  const std::unique_ptr<TapPort> without = TapPort::open(pools_, false);
  ASSERT_NE(without, nullptr);
  EXPECT_FALSE(without->port().has_interrupts());
  EXPECT_EQ(RxInterrupts::make({{without->port().id(), 0}}, nullptr), nullptr);
  EXPECT_EQ(RxInterrupts::make({{tap_->port().id(), 0}, {without->port().id(), 0}}, nullptr), nullptr) << "one of two";
  EXPECT_EQ(RxInterrupts::make({}, nullptr), nullptr);
  EXPECT_NE(RxInterrupts::make({{tap_->port().id(), 0}}, nullptr), nullptr) << "again";
}

TEST_F(RxInterruptsTest, AFrameWakesTheSleeper) {
  const std::unique_ptr<RxInterrupts> interrupts = RxInterrupts::make({{tap_->port().id(), 0}}, nullptr);
  ASSERT_NE(interrupts, nullptr);
  for (int round = 0; round < 20; ++round) {
    interrupts->arm();
    std::thread sender([this] { tap_->send(target_frame(1)); });
    EXPECT_TRUE(interrupts->sleep(kForEverMs));
    sender.join();
    rte_mbuf* frame = nullptr;
    while (rte_eth_rx_burst(tap_->port().id(), 0, &frame, 1) > 0) free_burst(&frame, 1);
  }
}

TEST_F(RxInterruptsTest, TheBellWakesTheSleeperOnce) {
  const std::unique_ptr<Doorbell> bell = *Doorbell::make();
  const std::unique_ptr<RxInterrupts> interrupts = RxInterrupts::make({{tap_->port().id(), 0}}, bell.get());
  ASSERT_NE(interrupts, nullptr);
  for (int round = 0; round < 20; ++round) {
    bell->ring();
    interrupts->arm();
    EXPECT_TRUE(interrupts->sleep(kForEverMs));
  }
  while (interrupts->sleep(1)) {  // what the kernel itself sends out of a new interface
  }
}

// The lcore asleep, each frame is copied; between frames it runs no rounds, and it ends when it is told to.
TEST_F(RxInterruptsTest, AnLcoreWithoutWorkSleepsUntilAFrameComes) {
  RxBench bench({.sleeps_untapped = true,
                 .untapped_poll_ms = kForEverMs,
                 .live_port = tap_->port().id(),
                 .interrupt_wait_ms = kForEverMs});
  bench.publish({host_rule(0)});
  bench.start();
  bench.gate().wake();
  const uint64_t before = bench.received();
  uint64_t waits = 0;  // that were there before the last frame
  for (uint8_t i = 0; i < 20; ++i) {
    while (bench.interrupt_waits() == waits) std::this_thread::yield();
    waits = bench.interrupt_waits();
    tap_->send(target_frame(i));
    while (bench.packets().matched.get() < i + 1U) std::this_thread::yield();
  }
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 20U);
  for (uint8_t i = 0; i < 20; ++i) EXPECT_EQ(records[i].frame.back(), i);
  EXPECT_LE(bench.interrupt_waits(), 2 + bench.received() - before) << "each frame ends one sleep at most";
  bench.expect_sums(20);
}

TEST_F(RxInterruptsTest, ATableIsPublishedWhileTheLcoreSleeps) {
  RxBench bench({.live_port = tap_->port().id(), .interrupt_wait_ms = 50});
  bench.start();
  while (bench.interrupt_waits() == 0) std::this_thread::yield();
  for (uint8_t i = 0; i < 20; ++i) bench.publish({host_rule(i)});
  tap_->send(target_frame(1));
  while (bench.packets().matched.get() < 1) std::this_thread::yield();
  bench.stop();
  ASSERT_EQ(bench.take().size(), 1U);
  EXPECT_EQ(bench.task(19).matched.get(), 1U);
}

}  // namespace
}  // namespace lictor
