// Which backlogs have grown beyond what their agencies want to be told of: an alarm stands for each, and the agency is
// told when it begins and when it is over. What lasts is told alone: the words that tell of it wait for delivery too,
// and must not tell of themselves. Control thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/agent/directive.h"
#include "dataplane/base/alarm.h"
#include "encoders/handover/destination.h"

namespace lictor {

struct BacklogRule {
  // Beyond what a confirmation takes where a connection is in order.
  static constexpr int64_t kSettleNs = 10 * kNanosecondsPerSecond;

  BacklogLimits limits;
  int64_t settle_ns = kSettleNs;  // it is told when every look for so long has seen it, and so is its end
};

class BacklogWatch {
 public:
  using RuleOf = std::function<BacklogRule(const std::string& destination_id)>;
  struct Told {
    std::string destination_id;
    std::string text;
  };

  // Looks at the newest statistics. Answers what agencies are to be told.
  std::vector<Told> look(const std::vector<DestinationStatistics>& destinations, const RuleOf& rule_of, LegalTime now,
                         SocketTime socket, AlarmQueue& alarms);

 private:
  using Key = std::pair<std::string, HandoverSide>;
  struct State {
    bool stands = false;
    LegalTime since;                  // if it stands
    std::optional<SocketTime> turns;  // since when every look saw the contrary
    LegalTime turned;                 // the same on the legal clock
  };

  // What is told now.
  static std::optional<std::string> follow(const DestinationStatistics& one, const BacklogRule& rule, State& state,
                                           LegalTime now, SocketTime socket);

  std::map<Key, State> states_;
};

}  // namespace lictor
