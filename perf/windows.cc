#include "perf/windows.h"

#include <rte_cycles.h>

#include <algorithm>
#include <ctime>

namespace lictor::perf {
namespace {

// A clock is read after so many bursts: often enough for a window of milliseconds, too seldom to be felt.
constexpr int kBurstsBetweenClocks = 8;

int64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Window run_window(Loop& loop, int64_t window_ns) {
  const auto cycles =
      static_cast<uint64_t>(static_cast<double>(window_ns) * static_cast<double>(rte_get_tsc_hz()) / 1e9);
  loop.enter();
  const uint64_t received = loop.received();
  const int64_t wall = read_clock(CLOCK_MONOTONIC);
  const int64_t cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
  const uint64_t end = rte_rdtsc() + cycles;
  do {
    for (int i = 0; i < kBurstsBetweenClocks; ++i) loop.round();
  } while (rte_rdtsc() < end || loop.received() == received);
  const int64_t cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
  const int64_t wall_ns = read_clock(CLOCK_MONOTONIC) - wall;
  loop.leave();  // then what the last bursts received is counted too
  return {.packets = loop.received() - received, .cpu_ns = cpu_ns, .wall_ns = wall_ns};
}

Spread by_round(const std::vector<Window>& first, const std::vector<Window>& second,
                double (*compare)(Window, Window)) {
  std::vector<double> samples;
  for (size_t i = 0; i < first.size(); ++i) samples.push_back(compare(first[i], second[i]));
  return spread_of(std::move(samples));
}

}  // namespace

Windows run_windows(const std::vector<Loop*>& loops, const WindowPlan& plan) {
  Windows windows(loops.size());
  for (uint32_t round = 0; round < plan.rounds_first + plan.rounds; ++round) {
    for (size_t i = 0; i < loops.size(); ++i) {
      const size_t turn = (i + round) % loops.size();
      const Window window = run_window(*loops[turn], plan.window_ns);
      if (round >= plan.rounds_first) windows[turn].push_back(window);
    }
  }
  return windows;
}

Spread spread_of(std::vector<double> samples) {
  std::vector<double> sorted = samples;
  std::ranges::sort(sorted);
  const auto at = [&](size_t part, size_t of) { return sorted[(sorted.size() - 1) * part / of]; };
  return {.median = at(1, 2), .low = at(1, 4), .high = at(3, 4), .samples = std::move(samples)};
}

Spread rate_ratio(const std::vector<Window>& subject, const std::vector<Window>& reference) {
  return by_round(subject, reference,
                  [](Window one, Window other) { return other.ns_per_packet() / one.ns_per_packet(); });
}

Spread extra_ns(const std::vector<Window>& subject, const std::vector<Window>& reference) {
  return by_round(subject, reference,
                  [](Window one, Window other) { return one.ns_per_packet() - other.ns_per_packet(); });
}

Spread ns_per_packet(const std::vector<Window>& subject) {
  return by_round(subject, subject, [](Window one, Window) { return one.ns_per_packet(); });
}

}  // namespace lictor::perf
