// A table that rx lcores read while the control thread replaces it: published whole, never patched. The old one is
// freed when the last reader that could hold it has been quiescent.
#pragma once

#include <atomic>
#include <memory>

#include "dataplane/dpdk/quiescence.h"

namespace lictor {

template <typename T>
class LiveTable {
 public:
  // `quiescence` counts the readers, who go on to exist as long as this. `first` is not null.
  LiveTable(Quiescence& quiescence, std::unique_ptr<const T> first)
      : quiescence_(quiescence), current_(first.release()) {}
  // No reader is online any more.
  ~LiveTable() { delete current_.load(std::memory_order_relaxed); }
  LiveTable(const LiveTable&) = delete;
  LiveTable& operator=(const LiveTable&) = delete;

  // Any reader that is online; valid until it is next quiescent or offline. Once a burst.
  [[nodiscard]] const T& current() const noexcept { return *current_.load(std::memory_order_acquire); }

  // Control thread. When this returns, no reader sees the old table any more, and it is gone: every packet that is
  // received afterwards meets `next`, which is not null.
  void publish(std::unique_ptr<const T> next) {
    const std::unique_ptr<const T> old(current_.exchange(next.release(), std::memory_order_acq_rel));
    quiescence_.wait_for_readers();
  }

 private:
  Quiescence& quiescence_;
  std::atomic<const T*> current_;  // written by the control thread, read by rx lcores
};

}  // namespace lictor
