// Hashes and signs what the encoder lcores have encoded: one thread for all of them, which sleeps until the first task
// wants it, and then looks for work every half a millisecond. Made, started and stopped by the main thread; chains are
// made by the control thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "encoders/integrity/integrity_lane.h"

namespace lictor {

class IntegrityThread {
 public:
  // `lanes`: one an encoder lcore. `lane_bytes`: of records on the way to this thread, for each lane.
  IntegrityThread(size_t lanes, size_t lane_bytes);
  // Stops. No encoder lcore runs any more.
  ~IntegrityThread();
  IntegrityThread(const IntegrityThread&) = delete;
  IntegrityThread& operator=(const IntegrityThread&) = delete;

  [[nodiscard]] IntegrityLane& lane(size_t index) { return *lanes_[index]; }
  // Control thread: a chain for a task of that lane's lcore. ResourceExhausted where memory is not to be had.
  Result<std::unique_ptr<IntegrityChain>> make_chain(size_t lane, IntegrityPlan plan, TaskSlot slot);

 private:
  void run() noexcept;

  const size_t lane_bytes_;
  std::vector<std::unique_ptr<IntegrityLane>> lanes_;
  std::mutex mutex_;
  std::condition_variable wanted_changed_;
  bool wanted_ = false;  // under mutex_: a chain was made
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: runs on everything above
};

}  // namespace lictor
