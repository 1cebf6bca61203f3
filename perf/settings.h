// What of a session can be set, each by a name: as an option of the command line and as `set NAME VALUE` of the
// console. Main thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/result.h"
#include "perf/session.h"

namespace lictor::perf {

struct Setting {
  std::string_view name;
  std::string_view help;
  // InvalidArgument says what is possible; the plan is unchanged then.
  std::function<Status(SessionPlan&, std::string_view value)> set;
  std::function<std::string(const SessionPlan&)> get;
};

// In the order in which they are shown.
const std::vector<Setting>& settings();

// InvalidArgument where there is no such setting or the value is not possible.
Status change(SessionPlan& plan, std::string_view name, std::string_view value);

}  // namespace lictor::perf
