// The ring between one rx lcore and one encoder lcore: match records, and the time up to which the rx lcore has handed
// over everything. The encoder ends a task only after every ring's time has passed the task's end and what was
// published before has been read: nothing of a task can then follow its last record.
#pragma once

#include <atomic>
#include <memory>

#include "dataplane/base/clock.h"
#include "dataplane/base/spsc_byte_ring.h"

namespace lictor {

struct MatchRing {
  std::unique_ptr<SpscByteRing> bytes;

  // --- rx lcore: after publish() of the burst that was received at `now`, and in idle rounds too ---
  void passed(LegalTime now) { passed_ns_.store(now.unix_ns, std::memory_order_release); }

  // --- encoder lcore: read this *before* bytes->readable() ---
  [[nodiscard]] LegalTime passed_until() const { return {passed_ns_.load(std::memory_order_acquire)}; }

 private:
  alignas(64) std::atomic<int64_t> passed_ns_{0};
};

}  // namespace lictor
