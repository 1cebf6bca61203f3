// Short windows of time in which one loop after the other empties the same port, in turn, so that a slow phase of the
// machine falls on all of them alike; and what is said about two of them: the median over rounds, and the spread. Time
// is the thread's own CPU time: what other programs on a shared machine take does not count. Measuring lcore.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "perf/loop.h"

namespace lictor::perf {

struct Window {
  uint64_t packets = 0;
  int64_t cpu_ns = 0;
  int64_t wall_ns = 0;

  [[nodiscard]] double ns_per_packet() const { return static_cast<double>(cpu_ns) / static_cast<double>(packets); }
  [[nodiscard]] double packets_per_second() const { return 1e9 / ns_per_packet(); }
};

struct WindowPlan {
  uint32_t rounds = 61;
  uint32_t rounds_first = 3;  // before, not counted: caches and branch predictors settle
  int64_t window_ns = 25'000'000;
};

// A column a loop, in order; a row a round.
using Windows = std::vector<std::vector<Window>>;

// A window of each loop in turn, each round beginning with another one. Every window has at least one packet.
Windows run_windows(const std::vector<Loop*>& loops, const WindowPlan& plan);

struct Spread {
  double median = 0;
  double low = 0;   // a quarter of the samples is below
  double high = 0;  // a quarter is above
  std::vector<double> samples;
};

// `samples` are not empty.
Spread spread_of(std::vector<double> samples);

// Round by round: the packet rate of the one over the other's, and what the one takes longer a packet.
Spread rate_ratio(const std::vector<Window>& subject, const std::vector<Window>& reference);
Spread extra_ns(const std::vector<Window>& subject, const std::vector<Window>& reference);
Spread ns_per_packet(const std::vector<Window>& subject);

}  // namespace lictor::perf
