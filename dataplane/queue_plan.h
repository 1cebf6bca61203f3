// Which lcore receives from which queue. Pure; main thread, at start.
//
// Queue i of every port of a tap group goes to the same rx lcore: a packet that is seen at two legs of a group, or in
// both directions, is then seen by one lcore, because the queues are filled by the same hash of its addresses. Groups
// begin one behind the other, so that groups of single queues use all lcores. A port without a group is one by itself.
//
// Where there are spreader lcores, they receive from all ports of a group in which some port has fewer queues than
// there are rx lcores, and pass the frames on to all of these, by a hash of the addresses again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/config.h"

namespace lictor {

struct QueueReceiver {
  size_t port = 0;  // index in the configuration
  uint16_t queue = 0;
  bool spread = false;  // by a spreader lcore, to all rx lcores
  size_t lcore = 0;     // index among the rx lcores, or the spreaders
};

// Every queue of every port once.
std::vector<QueueReceiver> plan_queues(std::span<const PortConfig> ports, size_t rx_lcores, size_t spreaders);

}  // namespace lictor
