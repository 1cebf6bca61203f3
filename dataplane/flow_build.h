// One build of a large rule set, on a thread of its own: rte_acl_build may take far longer than anybody wants to wait,
// and cannot be stopped. Who has waited long enough leaves it behind; it ends by itself. Control thread.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/flow_rules.h"

namespace lictor {

class FlowBuild {
 public:
  // Of rules that passed check_flow. Unavailable where a build that was left behind still runs: they are not to pile
  // up.
  static Result<std::unique_ptr<FlowBuild>> start(std::vector<TargetRule> rules, const FlowLimits& limits);
  // Leaves the build behind where it has not ended.
  ~FlowBuild();
  FlowBuild(const FlowBuild&) = delete;
  FlowBuild& operator=(const FlowBuild&) = delete;

  // Whether wait() would answer at once.
  [[nodiscard]] bool is_over() const;
  // The rules, once; or why there are none: DeadlineExceeded where they are not there limits.build_ms_max after the
  // start.
  Result<std::shared_ptr<const FlowRules>> wait();

  // Builds that have not ended, also those that were left behind. Any thread.
  static size_t running();

 private:
  struct State;
  FlowBuild(std::shared_ptr<State> state, const FlowLimits& limits);
  [[nodiscard]] bool has_ended() const;

  const std::shared_ptr<State> state_;
  const uint32_t build_ms_max_;
  const SocketTime deadline_;
  std::thread thread_;
};

}  // namespace lictor
