#include "perf/figure_kit.h"

#include <fmt/format.h>
#include <rte_cycles.h>

#include <semaphore>

#include "dataplane/dpdk/eal.h"
#include "perf/environment.h"

namespace lictor::perf {

using nlohmann::json;

TrafficPlan sized(std::string_view sizes) {
  TrafficPlan plan;
  plan.sizes = *parse_sizes(sizes);
  return plan;
}

Result<Windows> run_on_rx_lcore(const std::vector<Loop*>& loops, const WindowPlan& plan) {
  Windows windows;
  std::binary_semaphore done(0);
  const Result<std::unique_ptr<LcoreThread>> thread = LcoreThread::launch(kRxLcore, [&] {
    windows = run_windows(loops, plan);
    done.release();
  });
  if (!thread.ok()) return thread.status();
  // DPDK's own way to wait for an lcore spins, on the core of those that the measured lcore works with.
  done.acquire();
  return windows;
}

json figure_of(const Spread& spread, std::string_view unit) {
  return {{"value", spread.median}, {"low", spread.low}, {"high", spread.high}, {"unit", unit}};
}

json samples_of(const std::vector<std::string>& names, const Windows& windows) {
  json samples = json::object();
  for (size_t i = 0; i < names.size(); ++i) {
    for (const Window& window : windows[i])
      samples[names[i]].push_back({window.packets, window.cpu_ns, window.wall_ns});
  }
  return samples;
}

double cycles_of(double nanoseconds) { return nanoseconds * static_cast<double>(rte_get_tsc_hz()) / 1e9; }

Status expect_lossless(const TestPort& port) {
  const PortTotals totals = port.totals();
  if (totals.lost() == 0) return absl::OkStatus();
  return absl::InternalError(fmt::format("the port lost {} packets in a counted run", totals.lost()));
}

Status expect_accounted(const ProductLoop& loop) {
  if (loop.received() != loop.unmatched() + loop.matched() + loop.dropped()) {
    return absl::InternalError(fmt::format("received {} is not unmatched {} + matched {} + dropped {}", loop.received(),
                                           loop.unmatched(), loop.matched(), loop.dropped()));
  }
  if (loop.dropped() + loop.copies_lost() == 0) return absl::OkStatus();
  return absl::InternalError(
      fmt::format("{} packets were dropped and {} copies lost in a counted run", loop.dropped(), loop.copies_lost()));
}

Status expect_unmatched(const ProductLoop& loop) {
  if (loop.matched() == 0) return absl::OkStatus();
  return absl::InternalError(fmt::format("{} packets matched, of traffic that is nobody's", loop.matched()));
}

Status first_of(std::initializer_list<Status> statuses) {
  for (const Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace lictor::perf
