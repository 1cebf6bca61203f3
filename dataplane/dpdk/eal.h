// Owner of DPDK's environment: exists once in a process, from before the first port to after the last. Main thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/result.h"

namespace lictor {

class Eal {
 public:
  // Starts the environment with these arguments (without a program name). It pins the calling thread to the main lcore;
  // that is undone here, because threads that this one starts later inherit its CPUs. InvalidArgument says that EAL
  // refused; what it said itself is on standard error.
  static Result<std::unique_ptr<Eal>> start(const std::vector<std::string>& arguments);
  // All lcores have returned and all ports are closed. Gives every EalUse some seconds to end; DPDK's memory stays
  // until the process has gone where one does not.
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  // Whether `lcore` exists and is not the main lcore, which only waits.
  [[nodiscard]] static bool is_worker(unsigned lcore);

 private:
  Eal() = default;
};

// Somebody who cannot be stopped works in DPDK's memory as long as this exists. Any thread.
class EalUse {
 public:
  EalUse() { count_.fetch_add(1); }
  ~EalUse() { count_.fetch_sub(1); }
  EalUse(const EalUse&) = delete;
  EalUse& operator=(const EalUse&) = delete;

  static size_t count() { return count_.load(); }

 private:
  static inline std::atomic<size_t> count_{0};
};

// A function that runs on a worker lcore until it returns; the destructor waits for that. `run` is told to end by other
// means.
class LcoreThread {
 public:
  // FailedPrecondition where the lcore is busy. `run` must not throw.
  static Result<std::unique_ptr<LcoreThread>> launch(unsigned lcore, std::function<void()> run);
  ~LcoreThread();
  LcoreThread(const LcoreThread&) = delete;
  LcoreThread& operator=(const LcoreThread&) = delete;

 private:
  LcoreThread(unsigned lcore, std::function<void()> run) : lcore_(lcore), run_(std::move(run)) {}

  const unsigned lcore_;
  const std::function<void()> run_;
};

}  // namespace lictor
