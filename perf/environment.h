// DPDK's environment for a measurement: which CPU measures, which one runs everything else, and whether buffers are in
// hugepages. Exists once in a process, made by the main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/dpdk/eal.h"

namespace lictor::perf {

enum class Hugepages : uint8_t { kIfFree, kNo };

struct EnvironmentPlan {
  Hugepages hugepages = Hugepages::kIfFree;
  uint32_t memory_mb = 512;
  int rx_cpu = -1;                   // of the lcore that receives; -1: the last one that this process may use
  std::vector<std::string> further;  // arguments for EAL
};

// Lcores by role. On a machine with one CPU both share it.
constexpr unsigned kRxLcore = 1;
constexpr unsigned kOtherLcore = 2;

struct Environment {
  std::unique_ptr<Eal> eal;
  bool hugepages = false;
  unsigned rx_cpu = 0;
  unsigned other_cpu = 0;
};

// InvalidArgument says what cannot be had.
Result<Environment> start_environment(const EnvironmentPlan& plan);

}  // namespace lictor::perf
