// What runs on an encoder lcore: rounds of the encode loop, rests between them, and an orderly end.
#pragma once

#include <atomic>
#include <cstdint>

#include "dataplane/base/doorbell.h"
#include "encoders/encode/encode_loop.h"

namespace lictor {

struct EncodeLcorePlan {
  EncodeLoop* loop = nullptr;
  uint32_t idle_sleep_us_max = 0;
  // Without a task it sleeps until `bell` rings, and looks around this often; 0: as with tasks.
  uint32_t untapped_poll_ms = 0;
  Doorbell* bell = nullptr;
  const std::atomic<bool>* stop = nullptr;
  // Socket time in nanoseconds until which the loop may wait for room after *stop.
  const std::atomic<int64_t>* drain_until_ns = nullptr;
};

// Until *plan.stop; then until nothing waits any more, or the time is over. All producers have ended before *stop is
// set.
void run_encode_loop(const EncodeLcorePlan& plan) noexcept;

}  // namespace lictor
