// Frames from one lcore to another: DPDK's ring of pointers, one producer and one consumer. What is in it belongs to
// nobody else; the consumer frees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/result.h"

struct rte_mbuf;
struct rte_ring;

namespace lictor {

class FrameRing {
 public:
  // Room for exactly `frames`. ResourceExhausted where the memory is not there.
  static Result<std::unique_ptr<FrameRing>> make(const std::string& name, uint32_t frames);
  // Nobody takes what is still there: it is freed. Both sides have ended.
  ~FrameRing();
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;

  // Producer: how many of the first ones were put; the others remain the caller's.
  size_t put(rte_mbuf** frames, size_t count) noexcept;
  [[nodiscard]] size_t room() const noexcept;
  // Consumer: how many were taken, at most `count`.
  size_t take(rte_mbuf** frames, size_t count) noexcept;
  struct Dropped {
    uint64_t frames = 0;
    uint64_t bytes = 0;
  };
  // Consumer: frees all that is there.
  Dropped drop_all() noexcept;
  // Any thread.
  [[nodiscard]] bool empty() const noexcept;

 private:
  explicit FrameRing(rte_ring* ring) : ring_(ring) {}

  rte_ring* const ring_;
};

}  // namespace lictor
