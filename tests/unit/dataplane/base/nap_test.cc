// A nap that work ends, whenever it comes: before the sleeper slept, while it does, and never lost between the two.
#include "dataplane/base/nap.h"

#include <gtest/gtest.h>

#include <thread>

namespace lictor {
namespace {

// Longer than any test runs: who sleeps so long was not woken.
constexpr uint32_t kForEverUs = 600'000'000;

TEST(Nap, WhatIsThereIsNotSleptOver) {
  Nap nap;
  nap.take(kForEverUs, [] { return true; });
}

TEST(Nap, EndsByItself) {
  Nap nap;
  nap.take(1, [] { return false; });
}

TEST(Nap, WhoComesWhileTheSleeperLooksIsHeard) {
  Nap nap;
  nap.take(kForEverUs, [&] {
    nap.wake();
    return false;
  });
}

TEST(Nap, NoWorkOfManyIsSleptOver) {
  constexpr uint32_t kPieces = 20'000;
  Nap nap;
  std::atomic<uint32_t> brought{0};
  std::atomic<uint32_t> done{0};
  std::thread worker([&] {
    while (done.load() < kPieces) {
      const uint32_t seen = brought.load(std::memory_order_acquire);
      if (seen == done.load()) {
        nap.take(kForEverUs, [&] { return brought.load(std::memory_order_acquire) != seen; });
      } else {
        done.store(seen);
      }
    }
  });
  for (uint32_t piece = 0; piece < kPieces; ++piece) {
    brought.fetch_add(1, std::memory_order_release);
    nap.wake();
    while (done.load() != piece + 1) std::this_thread::yield();  // it goes to sleep again for the next one
  }
  worker.join();
}

}  // namespace
}  // namespace lictor
