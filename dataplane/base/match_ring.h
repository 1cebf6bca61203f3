// The ring between one rx lcore and one encoder lcore: match records, and the time up to which the rx lcore has handed
// over everything. The encoder ends a task only after every ring's time has passed the task's end and what was
// published before has been read: nothing of a task can then follow its last record.
#pragma once

#include <atomic>
#include <memory>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/spsc_byte_ring.h"

namespace lictor {

// The encoder lcore that a task belongs to. Everybody who asks must get the same answer.
constexpr size_t encoder_of(TaskSlot slot, size_t encoders) { return encoders == 1 ? 0 : index_of(slot) % encoders; }

struct MatchRing {
  std::unique_ptr<SpscByteRing> bytes;

  // --- rx lcore: after publish() of everything that was received up to `now` ---
  void passed(LegalTime now) { passed_ns_.store(now.unix_ns, std::memory_order_release); }

  // --- encoder lcore: read this *before* bytes->readable() ---
  [[nodiscard]] LegalTime passed_until() const { return {passed_ns_.load(std::memory_order_acquire)}; }

  // Where the reader is a session lcore, which tells how much of what was published is in force: octets since the
  // start.
  void in_force(uint64_t octets) { octets_in_force_.store(octets, std::memory_order_release); }
  [[nodiscard]] uint64_t octets_in_force() const { return octets_in_force_.load(std::memory_order_acquire); }

 private:
  alignas(64) std::atomic<int64_t> passed_ns_{0};
  alignas(64) std::atomic<uint64_t> octets_in_force_{0};  // written by the reader
};

}  // namespace lictor
