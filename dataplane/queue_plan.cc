#include "dataplane/queue_plan.h"

#include <algorithm>

namespace lictor {
namespace {

bool are_together(const PortConfig& a, const PortConfig& b) {
  return a.name == b.name || (!a.tap_group.empty() && a.tap_group == b.tap_group);
}

}  // namespace

std::vector<QueueReceiver> plan_queues(std::span<const PortConfig> ports, size_t rx_lcores, size_t spreaders) {
  std::vector<QueueReceiver> plan;
  if (rx_lcores == 0) return plan;
  size_t first_lcore = 0;
  size_t first_spreader = 0;
  for (size_t first = 0; first < ports.size(); ++first) {
    const auto is_in_group = [&](const PortConfig& port) { return are_together(port, ports[first]); };
    if (std::ranges::any_of(ports.first(first), is_in_group)) continue;  // planned with its first port
    const bool spread = spreaders > 0 && std::ranges::any_of(ports, [&](const PortConfig& port) {
                          return is_in_group(port) && port.queues < rx_lcores;
                        });
    uint16_t queues = 0;
    for (size_t port = first; port < ports.size(); ++port) {
      if (!is_in_group(ports[port])) continue;
      queues = std::max(queues, ports[port].queues);
      for (uint16_t queue = 0; queue < ports[port].queues; ++queue) {
        const size_t lcore = spread ? first_spreader++ % spreaders : (first_lcore + queue) % rx_lcores;
        plan.push_back({.port = port, .queue = queue, .spread = spread, .lcore = lcore});
      }
    }
    if (!spread) first_lcore += queues;
  }
  return plan;
}

}  // namespace lictor
