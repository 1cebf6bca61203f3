// What every rate is held against: receive a burst and free each packet of it, exactly what dpdk-testpmd does in its
// forwarding mode rxonly. Nobody can receive and do anything else and be faster with these calls.
#pragma once

#include "dataplane/base/counter.h"
#include "perf/loop.h"

namespace lictor::perf {

class ReferenceLoop : public Loop {
 public:
  // Takes from queue 0 of DPDK's port.
  explicit ReferenceLoop(uint16_t port) : port_(port) {}

  bool round() noexcept override;
  [[nodiscard]] uint64_t received() const noexcept override { return received_.get(); }

 private:
  const uint16_t port_;
  Counter received_;
};

}  // namespace lictor::perf
