// Which backlogs have grown beyond what their agencies want to be told of: an alarm stands for each, and the agency is
// told when it begins and when it is over. Control thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/agent/directive.h"
#include "dataplane/base/alarm.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

class BacklogWatch {
 public:
  using LimitsOf = std::function<BacklogLimits(const std::string& destination_id)>;
  struct Told {
    std::string destination_id;
    std::string text;
  };

  // Looks at the newest statistics. Answers what agencies are to be told.
  std::vector<Told> look(const v1::Statistics& statistics, const LimitsOf& limits_of, LegalTime now,
                         AlarmQueue& alarms);

 private:
  using Key = std::pair<std::string, v1::HandoverInterface>;

  std::map<Key, LegalTime> stands_;  // since when
};

}  // namespace lictor
