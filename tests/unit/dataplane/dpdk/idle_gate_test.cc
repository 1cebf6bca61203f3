// The gate between sleep and work: who wakes waits until everybody has drained.
#include "dataplane/idle_gate.h"

#include <gtest/gtest.h>

#include <thread>

namespace lictor {
namespace {

constexpr uint32_t kForEverMs = 600'000;

// Lcores as run_rx_loop has them, that count their drains.
class Lcores {
 public:
  Lcores(IdleGate& gate, size_t count) : drains(count), rounds(count) {
    for (size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, &gate, i] {
        IdleMember idle(&gate, i, kForEverMs);
        while (!stop_.load()) {
          if (idle.is_untapped()) {
            ++drains[i];
            idle.sleep();
            continue;
          }
          if (idle.is_called()) {
            ++drains[i];
            idle.answer();
          }
          ++rounds[i];
        }
      });
    }
    gate_ = &gate;
  }
  ~Lcores() { stop(); }
  void stop() {
    stop_.store(true);
    gate_->ring_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  std::vector<std::atomic<int>> drains;
  std::vector<std::atomic<int>> rounds;

 private:
  IdleGate* gate_ = nullptr;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST(IdleGate, WakeReturnsWhenEveryLcoreHasDrainedAndWorks) {
  const std::unique_ptr<IdleGate> gate = *IdleGate::make(3);
  EXPECT_FALSE(gate->is_awake()) << "at first nobody is tapped";
  Lcores lcores(*gate, 3);
  for (int round = 0; round < 50; ++round) {
    std::vector<int> before;
    for (const auto& drains : lcores.drains) before.push_back(drains.load());
    gate->wake();
    EXPECT_TRUE(gate->is_awake());
    for (size_t i = 0; i < before.size(); ++i) EXPECT_GT(lcores.drains[i].load(), before[i]);
    const std::vector<int> rounds(lcores.rounds.begin(), lcores.rounds.end());
    while (lcores.rounds[0].load() == rounds[0]) std::this_thread::yield();
    gate->sleep();
  }
}

TEST(IdleGate, AwakeLcoreIsNeitherCalledNorDrainedAgain) {
  const std::unique_ptr<IdleGate> gate = *IdleGate::make(1);
  Lcores lcores(*gate, 1);
  gate->wake();
  const int drains = lcores.drains[0].load();
  gate->wake();
  const int rounds = lcores.rounds[0].load();
  while (lcores.rounds[0].load() < rounds + 1000) std::this_thread::yield();
  EXPECT_EQ(lcores.drains[0].load(), drains);
}

TEST(IdleGate, SleepingLcoreMakesNoRoundsUntilItIsWoken) {
  const std::unique_ptr<IdleGate> gate = *IdleGate::make(2);
  Lcores lcores(*gate, 2);
  gate->wake();
  const std::vector<int> drains(lcores.drains.begin(), lcores.drains.end());
  gate->sleep();
  // Both have drained once more: both have seen that they may sleep.
  for (size_t i = 0; i < drains.size(); ++i) {
    while (lcores.drains[i].load() == drains[i]) std::this_thread::yield();
  }
  const int rounds = lcores.rounds[0].load();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_EQ(lcores.rounds[0].load(), rounds);
}

TEST(IdleGate, LcoreThatHasEndedHoldsNobodyUp) {
  const std::unique_ptr<IdleGate> gate = *IdleGate::make(2);
  {
    Lcores lcores(*gate, 2);
    lcores.stop();
  }
  gate->wake();
  gate->sleep();
  gate->wake();
  EXPECT_TRUE(gate->is_awake());
}

TEST(IdleGate, LcoreWithoutAGateNeverSleeps) {
  IdleMember idle(nullptr, 0, kForEverMs);
  EXPECT_FALSE(idle.is_untapped());
  EXPECT_FALSE(idle.is_called());
}

}  // namespace
}  // namespace lictor
