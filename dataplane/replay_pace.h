// How fast a replay goes where its configuration says so: what is read from a file comes as fast as it can be taken.
// One rx lcore each.
#pragma once

#include <cstdint>

#include "dataplane/base/clock.h"

namespace lictor {

class ReplayPace {
 public:
  // 0: no bound.
  explicit ReplayPace(uint64_t packets_per_s) : packets_per_s_(packets_per_s) {}

  // Whether nothing may be received at `now`, where `received` packets were since the first call.
  bool holds_up(LegalTime now, uint64_t received) noexcept {
    if (packets_per_s_ == 0) return false;
    if (began_ == LegalTime{}) began_ = now;
    const auto elapsed_us = static_cast<uint64_t>((now.unix_ns - began_.unix_ns) / 1000);
    return received >= elapsed_us * packets_per_s_ / 1'000'000;
  }

 private:
  uint64_t packets_per_s_;
  LegalTime began_;
};

}  // namespace lictor
