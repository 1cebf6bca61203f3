// When destinations were away: an agency that is back is told between which times nothing was delivered to it. Reads
// the alarms that connections raise. Control thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "dataplane/base/alarm.h"

namespace lictor {

class OutageBook {
 public:
  // Shorter ones are not told.
  explicit OutageBook(int64_t told_ns) : told_ns_(told_ns) {}

  // What the agencies of the alarm's destination are to be told; nothing for most alarms.
  std::optional<std::string> note(const AlarmEvent& alarm);

 private:
  const int64_t told_ns_;
  std::map<std::tuple<std::string, std::optional<Xid>, std::string>, LegalTime> since_;  // by connection and side
};

}  // namespace lictor
