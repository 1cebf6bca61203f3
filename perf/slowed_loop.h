// A loop that is made slower by a known time: what shows that the harness measures. Adds the time in one piece after
// each round, for as many packets as the round has done the work for. One lcore.
#pragma once

#include <functional>

#include "perf/loop.h"

namespace lictor::perf {

class SlowedLoop : public Loop {
 public:
  // `units` counts what the time is added for: received packets, matched packets. `loop` outlives this.
  SlowedLoop(Loop& loop, double added_ns, std::function<uint64_t()> units);

  void enter() noexcept override { loop_.enter(); }
  void leave() noexcept override { loop_.leave(); }
  bool round() noexcept override;
  [[nodiscard]] uint64_t received() const noexcept override { return loop_.received(); }

 private:
  Loop& loop_;
  const double added_cycles_;
  const std::function<uint64_t()> units_;
  uint64_t units_seen_;
};

}  // namespace lictor::perf
