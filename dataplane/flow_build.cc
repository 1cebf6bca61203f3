#include "dataplane/flow_build.h"

#include <fmt/format.h>
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "dataplane/dpdk/eal.h"

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

}  // namespace

// Shared by who waits and the thread; the last one frees it.
struct FlowBuild::State {
  std::atomic<bool> stop{false};  // written by who leaves it behind, read by the thread
  std::mutex mutex;
  std::condition_variable over;
  bool ended = false;                                              // guarded by mutex, like the next one
  std::optional<Result<std::shared_ptr<const FlowRules>>> result;  // until it is taken

  void run(std::vector<TargetRule> rules, const FlowLimits& limits) {
    Result<FlowRules> built = fastest_flow_rules(std::move(rules), limits, stop);
    const std::lock_guard lock(mutex);
    if (built.ok()) {
      result = std::make_shared<const FlowRules>(*std::move(built));
    } else {
      result = built.status();
    }
    ended = true;
    over.notify_all();
  }
};

FlowBuild::FlowBuild(std::shared_ptr<State> state, const FlowLimits& limits)
    : state_(std::move(state)),
      build_ms_max_(limits.build_ms_max),
      deadline_{socket_now().ns + limits.build_ms_max * kNanosecondsPerMillisecond} {}

Result<std::unique_ptr<FlowBuild>> FlowBuild::start(std::vector<TargetRule> rules, const FlowLimits& limits) {
  if (running() != 0) return absl::UnavailableError("flows: an earlier build has not ended yet");
  auto state = std::make_shared<State>();
  std::unique_ptr<FlowBuild> build(new FlowBuild(state, limits));
  try {
    build->thread_ = std::thread(
        [use = std::make_unique<EalUse>(), state = std::move(state), rules = std::move(rules), limits]() mutable {
          pthread_setname_np(pthread_self(), "flow_build");
          state->run(std::move(rules), limits);
          state.reset();  // what nobody waits for is freed while it still counts as running
          use.reset();
        });
  } catch (const std::system_error&) {
    return absl::ResourceExhaustedError("flows: no thread to build them on");
  }
  return build;
}

FlowBuild::~FlowBuild() {
  if (!thread_.joinable()) return;
  state_->stop.store(true, std::memory_order_relaxed);
  if (has_ended()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

bool FlowBuild::has_ended() const {
  const std::lock_guard lock(state_->mutex);
  return state_->ended;
}

bool FlowBuild::is_over() const { return has_ended() || socket_now() >= deadline_; }

Result<std::shared_ptr<const FlowRules>> FlowBuild::wait() {
  std::unique_lock lock(state_->mutex);
  const std::chrono::nanoseconds left(std::max<int64_t>(deadline_.ns - socket_now().ns, 0));
  if (!state_->over.wait_for(lock, left, [this] { return state_->ended; })) {
    return absl::DeadlineExceededError(
        fmt::format("limits.flow_build_ms: the flows together take longer to build than {} ms", build_ms_max_));
  }
  return *std::exchange(state_->result, std::nullopt);
}

size_t FlowBuild::running() { return EalUse::count(); }

}  // namespace lictor
