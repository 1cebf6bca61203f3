#include "dataplane/dpdk/eal.h"

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace lictor {
namespace {

int run_function(void* argument) noexcept {
  (*static_cast<const std::function<void()>*>(argument))();
  return 0;
}

// The kernel's struct sched_attr, which libc does not declare.
struct SchedulingWish {
  uint32_t size = sizeof(SchedulingWish);
  uint32_t policy = SCHED_OTHER;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime_ns = 0;
  uint64_t deadline_ns = 0;
  uint64_t period_ns = 0;
};

// Where lcores have CPUs of their own neither matters. Where they share them: naps end when they said, not when the
// kernel finds it convenient, and who wakes runs soon, for turns are short (Linux 6.12 and later; others ignore it).
// What the operator gave the process, a real-time policy or another nice value, stays.
int be_prompt(void* /*nothing*/) noexcept {
  constexpr uint64_t kTurnNs = 100'000;
  prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
  SchedulingWish wish;
  if (syscall(SYS_sched_getattr, 0, &wish, sizeof(wish), 0) != 0 || wish.policy != SCHED_OTHER) return 0;
  wish.runtime_ns = kTurnNs;
  static_cast<void>(syscall(SYS_sched_setattr, 0, &wish, 0));
  return 0;
}

}  // namespace

Result<std::unique_ptr<Eal>> Eal::start(const std::vector<std::string>& arguments) {
  std::vector<std::string> texts = {"lictor-dataplane"};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(texts.size());
  for (std::string& text : texts) pointers.push_back(text.data());

  cpu_set_t cpus;
  const bool known = sched_getaffinity(0, sizeof(cpus), &cpus) == 0;
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0) {
    return absl::InvalidArgumentError(fmt::format("eal: refused these arguments: {}", rte_strerror(rte_errno)));
  }
  if (known) sched_setaffinity(0, sizeof(cpus), &cpus);
  rte_eal_mp_remote_launch(be_prompt, nullptr, SKIP_MAIN);
  rte_eal_mp_wait_lcore();
  return std::unique_ptr<Eal>(new Eal());
}

Eal::~Eal() {
  constexpr int kWaitsMax = 500;
  for (int i = 0; i < kWaitsMax && EalUse::count() != 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (EalUse::count() == 0) rte_eal_cleanup();
}

bool Eal::is_worker(unsigned lcore) {
  return lcore < RTE_MAX_LCORE && rte_lcore_is_enabled(lcore) != 0 && lcore != rte_get_main_lcore();
}

Result<std::unique_ptr<LcoreThread>> LcoreThread::launch(unsigned lcore, std::function<void()> run) {
  std::unique_ptr<LcoreThread> thread(new LcoreThread(lcore, std::move(run)));
  if (rte_eal_remote_launch(run_function, const_cast<std::function<void()>*>(&thread->run_), lcore) != 0) {
    return absl::FailedPreconditionError(fmt::format("lcore {}: cannot be started", lcore));
  }
  return thread;
}

LcoreThread::~LcoreThread() { rte_eal_wait_lcore(lcore_); }

}  // namespace lictor
