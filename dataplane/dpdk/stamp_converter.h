// From the clock of a network card to UTC. What a card's ticks are is its driver's business, so their length is
// measured: the control thread reads both clocks from time to time, rx lcores convert the stamps of their frames. Pure
// arithmetic; who reads the clocks is device_clock.h.
//
// An error is slewed away, not jumped over, so that a port's stamps go backwards by nanoseconds at most, except where
// either clock was set. A stamp that cannot be right is not believed: the caller then takes its own reading of the
// host's clock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

#include "dataplane/base/clock.h"

namespace lictor {

// One reading of a card's clock between two of the host's.
struct ClockSample {
  uint64_t ticks = 0;
  LegalTime before;
  LegalTime after;

  [[nodiscard]] int64_t middle_ns() const { return before.unix_ns + (after.unix_ns - before.unix_ns) / 2; }
  [[nodiscard]] int64_t doubt_ns() const { return (after.unix_ns - before.unix_ns) / 2; }
};

// How ticks become time at some moment: around `ticks`, which were at `unix_ns`.
struct StampMapping {
  uint64_t ticks = 0;
  int64_t unix_ns = 0;
  double tick_ns = 0;  // 0: not known yet

  // The stamp's time, where it is believed: not after `now` by more than a measuring error, not long before it, and
  // not by a mapping that nobody has renewed for long.
  [[nodiscard]] std::optional<PacketTime> time_of(uint64_t stamp, LegalTime now) const;
};

class StampConverter {
 public:
  static constexpr int64_t kDoubtMaxNs = 100'000;    // a sample that took longer says too little
  static constexpr int64_t kStepNs = 1'000'000;      // an error beyond is a clock that was set
  static constexpr int64_t kAheadMaxNs = 1'000'000;  // a stamp may be that far after the reading that follows it
  static constexpr int64_t kBehindMaxNs = 10 * kNanosecondsPerSecond;
  static constexpr int64_t kBaselineMinNs = 100'000'000;  // samples closer together give no usable rate
  static constexpr size_t kSamplesMax = 64;               // the rate is measured over that many
  static constexpr double kSlewMax = 500e-6;              // of the rate: what an error may change it by

  // --- control thread ---
  // Evenly spaced, a few a second.
  void add(const ClockSample& sample);
  [[nodiscard]] uint64_t steps() const { return steps_; }
  [[nodiscard]] uint64_t doubtful() const { return doubtful_; }

  // --- any thread, without waiting: once a burst ---
  [[nodiscard]] StampMapping current() const noexcept;

 private:
  struct Slot {
    std::atomic<uint64_t> ticks{0};
    std::atomic<int64_t> unix_ns{0};
    std::atomic<double> tick_ns{0};
  };
  void restart(const ClockSample& sample);
  void publish(const StampMapping& mapping);

  // Control thread's.
  std::deque<ClockSample> samples_;
  StampMapping mapping_;
  uint64_t steps_ = 0;
  uint64_t doubtful_ = 0;

  // The writer fills the slot that nobody is sent to, and then sends readers there.
  std::array<Slot, 2> slots_;
  std::atomic<uint64_t> published_{0};
};

}  // namespace lictor
