// What a test waits for that another thread or process brings about.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace lictor {

// Waits for a condition, not for a time: what fails here would never have come.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace lictor
