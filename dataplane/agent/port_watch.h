// Tells when a port lost packets that nobody can attribute, and when its link goes down or comes back. Control thread.
#pragma once

#include <vector>

#include "dataplane/agent/task_registry.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

class PortWatch {
 public:
  // Losses are summed and told at most once in this time.
  static constexpr int64_t kTellEveryNs = kNanosecondsPerSecond;

  PortWatch(AlarmQueue& alarms, TaskRegistry& registry) : alarms_(alarms), registry_(registry) {}

  // Compares with what was seen last: alarms for the operator, and for lost packets an HI1 alarm to every active task's
  // agency, with their number and the time in which they were lost.
  void look(const v1::Statistics& statistics, LegalTime now);

 private:
  struct Seen {
    uint64_t lost = 0;
    LegalTime since;  // everything lost before is told
    bool link_up = true;
  };
  void tell_losses(const v1::PortStatistics& port, Seen& seen, LegalTime now);
  void tell_link(const v1::PortStatistics& port, Seen& seen, LegalTime now);

  AlarmQueue& alarms_;
  TaskRegistry& registry_;
  std::vector<Seen> seen_;
};

}  // namespace lictor
