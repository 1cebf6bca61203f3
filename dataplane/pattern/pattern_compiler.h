// Compiles pattern sets on threads of their own, because an expression may take its time and Hyperscan cannot be
// interrupted: who asks waits for so long and no longer. What is ready later is thrown away. Control thread.
#pragma once

#include <list>
#include <memory>
#include <span>
#include <thread>

#include "dataplane/pattern/pattern_set.h"

namespace lictor {

class PatternCompiler {
 public:
  // Sets for `lcores` rx lcores.
  PatternCompiler(const PatternLimits& limits, size_t lcores);
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
  std::list<Worker> workers_;  // that were given up, and the one that is waited for
};

}  // namespace lictor
