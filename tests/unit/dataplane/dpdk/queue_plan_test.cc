// Which lcore receives from which queue.
#include "dataplane/queue_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lictor {
namespace {

struct GroupPort {
  const char* name;
  const char* group;
  uint16_t queues;
};

// "port.queue>lcore" for each queue, "port.queue*spreader" where it is spread.
std::vector<std::string> plan(const std::vector<GroupPort>& group_ports, size_t lcores, size_t spreaders = 0) {
  std::vector<PortConfig> ports;
  for (const GroupPort& port : group_ports) {
    ports.push_back({.name = port.name, .device = "", .tap_group = port.group, .leg = "", .queues = port.queues});
  }
  std::vector<std::string> texts;
  for (const QueueReceiver& receiver : plan_queues(ports, lcores, spreaders)) {
    texts.push_back(ports[receiver.port].name + "." + std::to_string(receiver.queue) + (receiver.spread ? "*" : ">") +
                    std::to_string(receiver.lcore));
  }
  return texts;
}

using testing::UnorderedElementsAre;

TEST(QueuePlan, QueuesOfOneNumberOfAGroupShareAnLcore) {
  EXPECT_THAT(plan({{"east", "core", 2}, {"west", "core", 2}}, 2),
              UnorderedElementsAre("east.0>0", "west.0>0", "east.1>1", "west.1>1"));
  EXPECT_THAT(
      plan({{"east", "core", 3}, {"other", "edge", 1}, {"west", "core", 3}}, 4),
      UnorderedElementsAre("east.0>0", "west.0>0", "east.1>1", "west.1>1", "east.2>2", "west.2>2", "other.0>3"));
}

TEST(QueuePlan, GroupsAndPortsWithoutOneBeginBehindEachOther) {
  EXPECT_THAT(plan({{"a", "", 1}, {"b", "", 1}, {"c", "x", 1}, {"d", "y", 1}}, 3),
              UnorderedElementsAre("a.0>0", "b.0>1", "c.0>2", "d.0>0"));
}

TEST(QueuePlan, FewerLcoresThanQueuesShareThem) {
  EXPECT_THAT(plan({{"a", "", 3}}, 2), UnorderedElementsAre("a.0>0", "a.1>1", "a.2>0"));
  EXPECT_THAT(plan({{"a", "g", 2}, {"b", "g", 1}}, 1), UnorderedElementsAre("a.0>0", "a.1>0", "b.0>0"));
}

TEST(QueuePlan, SpreadersTakeGroupsInWhichAPortHasTooFewQueues) {
  EXPECT_THAT(plan({{"a", "", 1}, {"b", "", 2}}, 2, 1), UnorderedElementsAre("a.0*0", "b.0>0", "b.1>1"));
  EXPECT_THAT(plan({{"east", "core", 2}, {"west", "core", 1}}, 2, 2),
              UnorderedElementsAre("east.0*0", "east.1*1", "west.0*0"))
      << "one hash for the whole group";
  EXPECT_THAT(plan({{"a", "", 2}}, 2, 1), UnorderedElementsAre("a.0>0", "a.1>1"));
}

}  // namespace
}  // namespace lictor
