// The control thread's line to one encoder lcore: commands go out in order, and it can be asked whether one is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

#include "dataplane/base/doorbell.h"
#include "dataplane/base/spsc_queue.h"
#include "encoders/encode/encode_loop.h"

namespace lictor {

class CommandLine {
 public:
  // All outlive this.
  CommandLine(SpscQueue<TaskCommand>& queue, const EncodeStatistics& statistics, Doorbell* bell = nullptr)
      : queue_(queue), statistics_(statistics), bell_(bell) {}

  // Control thread. Waits where the queue is full: the encoder lcore empties it in every round. Answers the command's
  // number.
  uint64_t push(TaskCommand command) {
    // NOLINTNEXTLINE(bugprone-use-after-move): a full queue leaves the command with the caller.
    while (!queue_.push(std::move(command))) std::this_thread::sleep_for(std::chrono::microseconds(100));
    if (bell_ != nullptr) bell_->ring();  // an encoder lcore without tasks sleeps
    return ++pushed_;
  }

  // Whether the encoder lcore has finished the round in which it took the command.
  [[nodiscard]] bool done(uint64_t number) const { return statistics_.commands_done.get() >= number; }

 private:
  SpscQueue<TaskCommand>& queue_;
  const EncodeStatistics& statistics_;
  Doorbell* const bell_;
  uint64_t pushed_ = 0;
};

}  // namespace lictor
