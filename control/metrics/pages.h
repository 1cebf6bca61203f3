// The two pages of metrics. What begins to move when somebody is intercepted stands on the second one alone, and
// neither names a target, a LIID, a warrant, a task or an agency. Pure functions, any thread.
#pragma once

#include <string>

#include "control/admin/figures.h"

namespace lictor::control {

// What the daemon says of itself.
struct DaemonFigures {
  std::string version;
  int64_t started_unix_ns = 0;
};

// For who runs the platform. Of ports only what is counted whether anything is copied or not: what was offered, what
// came damaged, links. While nobody is tapped, dataplanes take nothing from their ports (dataplane/idle_gate.h): what
// was received, missed or thrown away is the other page's.
std::string platform_page(const DaemonFigures& daemon, const Figures& figures);

// For LI roles: tasks, matches, records, backlogs, warrants, every alarm; and what became of what the ports were
// offered.
std::string interception_page(const DaemonFigures& daemon, const Figures& figures);

}  // namespace lictor::control
