// The thread that tends the stores of one disk: whatever that disk keeps waiting is this thread alone.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dataplane/base/doorbell.h"
#include "dataplane/base/result.h"
#include "encoders/spool/segment_store.h"

namespace lictor {

class SegmentKeeper {
 public:
  static constexpr uint32_t kLookAroundMs = 100;

  // `look_around_ms`: how often it looks without being rung for; the interval of a policy that waits for the disk.
  static Result<std::unique_ptr<SegmentKeeper>> make(uint32_t look_around_ms = kLookAroundMs);
  ~SegmentKeeper();
  SegmentKeeper(const SegmentKeeper&) = delete;
  SegmentKeeper& operator=(const SegmentKeeper&) = delete;

  // Any thread. A store that only the keeper holds any more is let go.
  void add(std::shared_ptr<SegmentStore> store);
  void ring() {
    if (!rung_.exchange(true, std::memory_order_acq_rel)) bell_->ring();
  }

 private:
  SegmentKeeper(std::unique_ptr<Doorbell> bell, uint32_t look_around_ms)
      : bell_(std::move(bell)), look_around_ms_(look_around_ms) {}
  void run_keeper_loop() noexcept;

  const std::unique_ptr<Doorbell> bell_;
  const uint32_t look_around_ms_;
  std::atomic<bool> rung_{false};
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<SegmentStore>> stores_;  // under mutex_
  std::thread thread_;
};

}  // namespace lictor
