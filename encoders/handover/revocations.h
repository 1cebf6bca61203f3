// Which slots' tasks were revoked. Written by the control thread, read by the handover threads before they send a
// record.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/ids.h"

namespace lictor {

class Revocations {
 public:
  explicit Revocations(size_t slots) : revoked_(slots) {}

  // Control thread.
  void revoke(TaskSlot slot) {
    if (!revoked_[index_of(slot)].exchange(true, std::memory_order_relaxed)) {
      standing_.fetch_add(1, std::memory_order_relaxed);
    }
    changes_.fetch_add(1, std::memory_order_release);
  }
  void admit(TaskSlot slot) {
    if (revoked_[index_of(slot)].exchange(false, std::memory_order_relaxed)) {
      standing_.fetch_sub(1, std::memory_order_relaxed);
    }
  }

  // Any thread.
  [[nodiscard]] bool contains(TaskSlot slot) const { return revoked_[index_of(slot)].load(std::memory_order_relaxed); }
  [[nodiscard]] bool none() const { return standing_.load(std::memory_order_relaxed) == 0; }
  // Grows with each revocation: whoever sees a new value sees the revocation too.
  [[nodiscard]] uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

 private:
  std::vector<std::atomic<bool>> revoked_;
  std::atomic<size_t> standing_{0};
  std::atomic<uint64_t> changes_{0};
};

}  // namespace lictor
