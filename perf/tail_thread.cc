#include "perf/tail_thread.h"

#include "dataplane/base/clock.h"
#include "perf/environment.h"
#include "perf/rest.h"

namespace lictor::perf {

Status TailThread::start() {
  Result<std::unique_ptr<LcoreThread>> thread = LcoreThread::launch(kOtherLcore, [this] { run(); });
  if (!thread.ok()) return thread.status();
  thread_ = *std::move(thread);
  return absl::OkStatus();
}

void TailThread::stop() {
  stop_.store(true, std::memory_order_release);
  thread_.reset();
}

void TailThread::run() noexcept {
  IdleBackoff backoff(idle_sleep_us_max_);
  int64_t until_ns = INT64_MAX;
  while (true) {
    const bool ending = stop_.load(std::memory_order_acquire);
    if (ending && until_ns == INT64_MAX) until_ns = socket_now().ns + kDrainNs;
    if (ending && (tail_.drained() || socket_now().ns > until_ns)) break;
    if (tail_.round()) {
      backoff.worked();
    } else {
      rest(backoff);
    }
  }
  tail_.finish();
}

}  // namespace lictor::perf
