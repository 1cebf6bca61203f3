#include "perf/environment.h"

#include <fmt/format.h>
#include <sched.h>

#include <fstream>

namespace lictor::perf {
namespace {

std::vector<unsigned> usable_cpus() {
  std::vector<unsigned> cpus;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return {0};
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// 0 where the kernel has none.
uint64_t free_hugepages_mb() {
  std::ifstream meminfo("/proc/meminfo");
  uint64_t pages = 0;
  uint64_t kilobytes = 0;
  for (std::string name; meminfo >> name;) {
    if (name == "HugePages_Free:") meminfo >> pages;
    if (name == "Hugepagesize:") meminfo >> kilobytes;
  }
  return pages * kilobytes / 1024;
}

}  // namespace

Result<Environment> start_environment(const EnvironmentPlan& plan) {
  const std::vector<unsigned> cpus = usable_cpus();
  Environment environment;
  environment.rx_cpu = plan.rx_cpu < 0 ? cpus.back() : static_cast<unsigned>(plan.rx_cpu);
  environment.other_cpu = environment.rx_cpu == cpus.front() ? cpus.back() : cpus.front();
  environment.hugepages = plan.hugepages == Hugepages::kIfFree && free_hugepages_mb() >= plan.memory_mb;
  std::vector<std::string> arguments = {
      "--no-pci",
      "--no-telemetry",
      "--no-shconf",
      "--log-level=lib.eal:error",
      "-m",
      fmt::format("{}", plan.memory_mb),
      "--lcores",
      fmt::format("0@{0},{1}@{2},{3}@{0}", environment.other_cpu, kRxLcore, environment.rx_cpu, kOtherLcore)};
  if (environment.hugepages) {
    arguments.insert(arguments.end(), {"--in-memory", "--iova-mode=va"});
  } else {
    arguments.emplace_back("--no-huge");
  }
  arguments.insert(arguments.end(), plan.further.begin(), plan.further.end());
  Result<std::unique_ptr<Eal>> eal = Eal::start(arguments);
  if (!eal.ok()) return eal.status();
  environment.eal = *std::move(eal);
  return environment;
}

}  // namespace lictor::perf
