#include "perf/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "dataplane/base/clock.h"
#include "perf/end_signals.h"
#include "perf/settings.h"
#include "perf/statistics.h"

namespace lictor::perf {
namespace {

int fail(const Status& status) {
  fmt::print(stderr, "lictor-perf: {}\n", std::string(status.message()));
  return 1;
}

bool write_json(const BatchPlan& plan, const nlohmann::json& seconds, const SessionTotals& totals) {
  nlohmann::json document = {{"settings", nlohmann::json::object()},
                             {"seconds", seconds},
                             {"totals", to_json(totals)},
                             {"broken_sums", broken_sums(plan.session.mode, totals)}};
  for (const Setting& setting : settings()) document["settings"][std::string(setting.name)] = setting.get(plan.session);
  std::ofstream out(plan.json_file, std::ios::trunc);
  out << document.dump(1) << '\n';
  return static_cast<bool>(out.flush());
}

}  // namespace

int run_batch(const BatchPlan& plan) {
  EndSignals signals;
  const Result<std::unique_ptr<Session>> session = Session::start(plan.session);
  if (!session.ok()) return fail(session.status());
  const int64_t start_ns = socket_now().ns;
  const auto end_ns = start_ns + static_cast<int64_t>(plan.duration_s * 1e9);
  nlohmann::json seconds = nlohmann::json::array();
  SessionTotals before = (*session)->totals();
  for (int64_t next_ns = start_ns; next_ns < end_ns;) {
    next_ns = std::min(next_ns + kNanosecondsPerSecond, end_ns);
    const bool told_to_end = signals.wait_until({next_ns});
    const SessionTotals after = (*session)->totals();
    fmt::print("{}\n", describe_interval(plan.session.mode, before, after));
    std::fflush(stdout);
    seconds.push_back(to_json(after));
    before = after;
    if (told_to_end) break;
  }
  const SessionTotals totals = (*session)->stop();
  fmt::print("{}", describe_end(plan.session.mode, totals));
  if (!plan.json_file.empty() && !write_json(plan, seconds, totals)) {
    return fail(absl::UnavailableError(plan.json_file + ": cannot be written"));
  }
  return broken_sums(plan.session.mode, totals).empty() ? 0 : 1;
}

}  // namespace lictor::perf
