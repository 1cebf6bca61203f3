#include "encoders/integrity/integrity_thread.h"

#include <chrono>
#include <utility>

namespace lictor {
namespace {

// Far below any interval of a profile; the encoder lcore rings no bell, that would be a call of the kernel.
constexpr std::chrono::microseconds kRest{500};

}  // namespace

IntegrityThread::IntegrityThread(size_t lanes, size_t lane_bytes) : lane_bytes_(lane_bytes) {
  for (size_t i = 0; i < lanes; ++i) lanes_.push_back(std::make_unique<IntegrityLane>());
  thread_ = std::thread([this] { run(); });
}

IntegrityThread::~IntegrityThread() {
  stop_.store(true, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wanted_changed_.notify_all();
  thread_.join();
}

Result<std::unique_ptr<IntegrityChain>> IntegrityThread::make_chain(size_t lane, IntegrityPlan plan, TaskSlot slot) {
  if (Status status = lanes_[lane]->open(lane_bytes_); !status.ok()) return status;
  Result<std::unique_ptr<IntegrityChain>> chain = IntegrityChain::make(std::move(plan), slot);
  if (!chain.ok()) return chain.status();
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wanted_changed_.notify_all();
  return chain;
}

void IntegrityThread::run() noexcept {
  {
    std::unique_lock lock(mutex_);
    wanted_changed_.wait(lock, [this] { return wanted_; });
  }
  while (!stop_.load(std::memory_order_relaxed)) {
    bool busy = false;
    for (const auto& lane : lanes_) busy = lane->work(socket_now()) || busy;
    if (!busy) std::this_thread::sleep_for(kRest);
  }
}

}  // namespace lictor
