// The control thread's line to one encoder lcore: commands go out in order, and it can be asked whether one is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

#include "dataplane/base/spsc_queue.h"
#include "encoders/encode/encode_loop.h"

namespace lictor {

class CommandLine {
 public:
  // Both outlive this.
  CommandLine(SpscQueue<TaskCommand>& queue, const EncodeStatistics& statistics)
      : queue_(queue), statistics_(statistics) {}

  // Control thread. Waits where the queue is full: the encoder lcore empties it in every round. Answers the command's
  // number.
  uint64_t push(TaskCommand command) {
    // NOLINTNEXTLINE(bugprone-use-after-move): a full queue leaves the command with the caller.
    while (!queue_.push(std::move(command))) std::this_thread::sleep_for(std::chrono::microseconds(100));
    return ++pushed_;
  }

  // Whether the encoder lcore has finished the round in which it took the command.
  [[nodiscard]] bool done(uint64_t number) const { return statistics_.commands_done.get() >= number; }

 private:
  SpscQueue<TaskCommand>& queue_;
  const EncodeStatistics& statistics_;
  uint64_t pushed_ = 0;
};

}  // namespace lictor
