// The clock loop: sleeps until the administration wants to be called, or a warrant was changed.
#include "control/admin/clock_loop.h"

#include <chrono>

#include "control/registry/keys.h"

namespace lictor::control {

ClockLoop::ClockLoop(Administration& administration, Store& store)
    : administration_(administration),
      store_(store),
      watch_(store.watch(kWarrantPrefix, [this](const std::vector<std::string>&) { wake(false); })),
      thread_([this] { run_clock_loop(); }) {}

ClockLoop::~ClockLoop() {
  store_.unwatch(watch_);
  wake(true);
  thread_.join();
}

void ClockLoop::wake(bool stop) {
  {
    const std::lock_guard lock(mutex_);
    changed_ = true;
    stop_ = stop_ || stop;
  }
  woken_.notify_one();
}

void ClockLoop::run_clock_loop() noexcept {
  for (;;) {
    const std::chrono::nanoseconds wait(administration_.tick());
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, wait, [this] { return changed_; });
    changed_ = false;
    if (stop_) return;
  }
}

}  // namespace lictor::control
