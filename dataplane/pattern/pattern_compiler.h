// Compiles pattern sets on threads of their own, because an expression may take its time and Hyperscan cannot be
// interrupted: who asks waits for so long and no longer. What is ready later is thrown away. Control thread.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <thread>

#include "dataplane/pattern/pattern_set.h"

namespace lictor {

class PatternCompiler {
 public:
  // What makes a set, on a thread of its own; ends early once the last argument is true. PatternSet::compile.
  using Compile = std::function<Result<std::unique_ptr<const PatternSet>>(
      std::span<const Pattern>, const PatternLimits&, size_t lcores, const std::atomic<bool>& given_up)>;

  // Sets for `lcores` rx lcores.
  PatternCompiler(const PatternLimits& limits, size_t lcores, Compile compile = &PatternSet::compile);
  // Waits for the threads that were given up: each ends behind the pattern that it is at.
  ~PatternCompiler();
  PatternCompiler(const PatternCompiler&) = delete;
  PatternCompiler& operator=(const PatternCompiler&) = delete;

  // Blocks for limits.compile_ms_max at most. What PatternSet::compile answers; DeadlineExceeded where that takes
  // longer; ResourceExhausted where limits.compilers_max threads are still at work on what was given up.
  Result<std::unique_ptr<const PatternSet>> compile(std::span<const Pattern> patterns);

 private:
  struct Job;
  struct Worker {
    std::thread thread;
    std::shared_ptr<Job> job;
  };

  void reap();

  const PatternLimits limits_;
  const size_t lcores_;
  const Compile compile_;
  std::list<Worker> workers_;  // that were given up, and the one that is waited for
};

}  // namespace lictor
