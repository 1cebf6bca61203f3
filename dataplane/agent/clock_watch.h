// Whether the host's clock, from which windows and time stamps come, can be trusted: what the kernel says of its
// synchronisation, and steps against the monotonic clock. Says when that changes. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/base/clock.h"

namespace lictor {

// At one moment.
struct ClockReading {
  LegalTime legal;
  SocketTime socket;
  bool is_known = false;  // the kernel has answered; what follows is nothing else
  bool is_synchronised = false;
  int64_t error_us = 0;  // the clock is not wrong by more, as the kernel reckons
};

// Of this host, by adjtimex(2).
ClockReading read_clock_state();

struct ClockWatchPlan {
  int64_t error_us_max = 2'000'000;
  int64_t step_ns_max = 500'000'000;
  int64_t settle_ns = 10 * kNanosecondsPerSecond;  // so long a state lasts before it is told; a step is told at once
};

class ClockWatch {
 public:
  // Steps while it is untrusted already are summed and told at most once in this time.
  static constexpr int64_t kTellEveryNs = 60 * kNanosecondsPerSecond;

  explicit ClockWatch(const ClockWatchPlan& plan) : plan_(plan) {}

  struct Told {
    bool trusted = false;
    std::string text;  // 256 octets at most
  };
  // About once a second. Answers what operators and agencies are to be told now.
  std::optional<Told> look(const ClockReading& now);

  // It was told that it cannot be trusted, and not yet that it can again.
  [[nodiscard]] bool is_untrusted() const { return stands_; }
  // At once, without being told: nothing is begun by it.
  [[nodiscard]] bool is_doubtful() const { return stands_ || bad_.has_value(); }
  [[nodiscard]] uint64_t steps() const { return steps_; }

 private:
  void note_step(const ClockReading& now);
  [[nodiscard]] std::string doubt(const ClockReading& now) const;
  std::optional<Told> tell_doubt(const ClockReading& now, const std::string& why);
  std::optional<Told> tell_step(const ClockReading& now);
  std::optional<Told> tell_trust(const ClockReading& now);

  const ClockWatchPlan plan_;
  std::optional<ClockReading> before_;  // the last look
  int64_t offset_ns_ = 0;               // legal time less monotonic time, since the last step
  bool stands_ = false;                 // it is untrusted, and that was told
  LegalTime since_;                     // of that
  std::optional<ClockReading> bad_;     // since then there is a doubt
  std::optional<ClockReading> good_;    // since then there is none
  uint64_t steps_ = 0;
  bool step_untold_ = false;
  int64_t step_ns_ = 0;  // of those that are not told
  LegalTime stepped_;    // the last look before the first step that is not told
  SocketTime step_told_{INT64_MIN / 2};
};

}  // namespace lictor
