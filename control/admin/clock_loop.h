// The thread that lets time pass for the administration: calls tick() when something is due, and when a warrant
// changed.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "control/admin/administration.h"
#include "control/store/store.h"

namespace lictor::control {

class ClockLoop {
 public:
  // Both outlive the loop. The thread runs until the destructor.
  ClockLoop(Administration& administration, Store& store);
  ~ClockLoop();
  ClockLoop(const ClockLoop&) = delete;
  ClockLoop& operator=(const ClockLoop&) = delete;

 private:
  void run_clock_loop() noexcept;
  void wake(bool stop);

  Administration& administration_;
  Store& store_;
  std::mutex mutex_;  // guards the two flags; never held while the administration is called
  std::condition_variable woken_;
  bool changed_ = false;
  bool stop_ = false;
  Store::WatchId watch_;
  std::thread thread_;
};

}  // namespace lictor::control
