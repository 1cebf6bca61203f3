#include "dataplane/pattern/pattern_compiler.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

namespace lictor {

struct PatternCompiler::Job {
  explicit Job(std::span<const Pattern> asked) : patterns(asked.begin(), asked.end()) {}

  void run(const Compile& compile, const PatternLimits& limits, size_t lcores) {
    Result<std::unique_ptr<const PatternSet>> made = compile(patterns, limits, lcores, given_up);
    const std::lock_guard lock(mutex);
    result = std::move(made);
    ready.notify_one();
  }

  bool wait(uint32_t ms) {
    std::unique_lock lock(mutex);
    return ready.wait_for(lock, std::chrono::milliseconds(ms), [this] { return result.has_value(); });
  }

  bool is_ready() {
    const std::lock_guard lock(mutex);
    return result.has_value();
  }

  const std::vector<Pattern> patterns;
  std::atomic<bool> given_up{false};
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<Result<std::unique_ptr<const PatternSet>>> result;  // under `mutex`
};

PatternCompiler::PatternCompiler(const PatternLimits& limits, size_t lcores, Compile compile)
    : limits_(limits), lcores_(lcores), compile_(std::move(compile)) {}

PatternCompiler::~PatternCompiler() {
  for (Worker& worker : workers_) worker.thread.join();
}

void PatternCompiler::reap() {
  std::erase_if(workers_, [](Worker& worker) {
    if (!worker.job->is_ready()) return false;
    worker.thread.join();
    return true;
  });
}

Result<std::unique_ptr<const PatternSet>> PatternCompiler::compile(std::span<const Pattern> patterns) {
  reap();
  if (workers_.size() >= limits_.compilers_max) {
    return absl::ResourceExhaustedError(
        fmt::format("patterns: {} compilations that took too long are still under way", workers_.size()));
  }
  const auto job = std::make_shared<Job>(patterns);
  try {
    // The destructor waits for the thread, so what it refers to outlives it.
    workers_.push_back({std::thread([this, job] { job->run(compile_, limits_, lcores_); }), job});
  } catch (const std::system_error&) {
    return absl::ResourceExhaustedError("patterns: no thread to compile them on");
  }
  if (!job->wait(limits_.compile_ms_max)) {
    job->given_up.store(true, std::memory_order_relaxed);
    return absl::DeadlineExceededError(
        fmt::format("patterns: compiling them takes longer than {} ms", limits_.compile_ms_max));
  }
  workers_.back().thread.join();
  workers_.pop_back();
  return *std::move(job->result);
}

}  // namespace lictor
