// The seam behind the receiving lcore: what takes the copies out of its ring. Runs on an lcore of its own until it is
// told to end and nothing waits; totals may be read by any thread meanwhile.
#pragma once

#include <cstdint>

namespace lictor::perf {

// copies + events == appended + record_drops (+ those that wait); appended == delivered + given_up + waiting.
struct TailTotals {
  uint64_t copies = 0;  // (packet, task) pairs that were taken out of the ring
  uint64_t events = 0;
  uint64_t appended = 0;
  uint64_t record_drops = 0;
  uint64_t delivered = 0;  // confirmed by the peer, where there is one
  uint64_t given_up = 0;   // after they were appended
  uint64_t waiting = 0;    // in a spool
};

class Tail {
 public:
  virtual ~Tail() = default;

  // Whether there was anything to do.
  virtual bool round() noexcept = 0;
  // Whether nothing waits any more. On the tail's lcore, when nobody writes into the ring.
  [[nodiscard]] virtual bool drained() const noexcept = 0;
  // Counts what still waits as lost. On the tail's lcore, last.
  virtual void finish() noexcept {}
  // Delivers what is left for a bounded time. Main thread, after the lcore has ended.
  virtual void close() {}

  [[nodiscard]] virtual TailTotals totals() const = 0;
};

}  // namespace lictor::perf
