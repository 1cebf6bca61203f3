// SpscQueue: order, bound, and two threads.

#include "dataplane/base/spsc_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace lictor {
namespace {

TEST(SpscQueue, RefusesWhatDoesNotFitAndLeavesItWithTheCaller) {
  SpscQueue<std::unique_ptr<int>> queue(2);
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  EXPECT_TRUE(queue.push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(queue.push(std::move(third)));
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_TRUE(queue.push(std::move(third)));
  EXPECT_EQ(**queue.pop(), 2);
  EXPECT_EQ(**queue.pop(), 3);
  EXPECT_FALSE(queue.pop().has_value());
}

TEST(SpscQueue, HandsEveryValueOverInOrderBetweenTwoThreads) {
  constexpr int kValues = 100'000;
  SpscQueue<int> queue(64);
  std::thread producer([&queue] {
    for (int i = 0; i < kValues;) {
      if (queue.push(int{i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (int expected = 0; expected < kValues;) {
    const std::optional<int> value = queue.pop();
    if (!value) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*value, expected++);
  }
  producer.join();
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace lictor
