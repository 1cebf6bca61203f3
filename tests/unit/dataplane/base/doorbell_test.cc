// A sleeper that is woken, before and after it fell asleep.
#include "dataplane/base/doorbell.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace lictor {
namespace {

// Longer than any test runs: who waits so long was not woken.
constexpr uint32_t kForEverMs = 600'000;

TEST(Doorbell, WhoRangBeforeTheOtherSleptIsHeardOnce) {
  const std::unique_ptr<Doorbell> bell = *Doorbell::make();
  bell->ring();
  bell->ring();
  bell->wait(kForEverMs);
  const auto before = std::chrono::steady_clock::now();
  bell->wait(20);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(20)) << "both rings were taken";
}

TEST(Doorbell, SleeperIsWoken) {
  const std::unique_ptr<Doorbell> bell = *Doorbell::make();
  std::thread sleeper([&] { bell->wait(kForEverMs); });
  bell->ring();
  sleeper.join();
}

}  // namespace
}  // namespace lictor
