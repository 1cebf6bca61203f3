// Which slots' tasks were revoked. Written by the control thread, read by the handover threads before they send a
// record.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "dataplane/base/ids.h"

namespace lictor {

class Revocations {
 public:
  explicit Revocations(size_t slots) : revoked_(slots) {}

  void revoke(TaskSlot slot) { revoked_[index_of(slot)].store(true, std::memory_order_release); }
  void admit(TaskSlot slot) { revoked_[index_of(slot)].store(false, std::memory_order_release); }
  [[nodiscard]] bool contains(TaskSlot slot) const { return revoked_[index_of(slot)].load(std::memory_order_acquire); }

 private:
  std::vector<std::atomic<bool>> revoked_;
};

}  // namespace lictor
