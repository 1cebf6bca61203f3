// The cheapest honest consumer of copies: reads every octet of them, as an encoder does, and forgets them. One lcore.
#pragma once

#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/match_ring.h"
#include "perf/tail.h"

namespace lictor::perf {

class CopyTail : public Tail {
 public:
  explicit CopyTail(MatchRing& ring) : ring_(ring), copy_(kPieceBytes) {}

  bool round() noexcept override;
  [[nodiscard]] bool drained() const noexcept override { return ring_.bytes->in_flight() == 0; }
  [[nodiscard]] TailTotals totals() const override;

 private:
  // What is taken at once, and where it goes: a piece of the size of a core's second cache at most.
  static constexpr size_t kPieceBytes = size_t{256} << 10;

  MatchRing& ring_;
  std::vector<uint8_t> copy_;
  Counter copies_;
};

}  // namespace lictor::perf
