// What the daemon knows in numbers, for who watches it: no target, no LIID, no id of a warrant, task or agency. A plain
// value, made under the administration's mutex (Administration::figures) and used without it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

// All destinations of one kind at one dataplane: "hi2", "hi3" or "files".
struct DestinationFigures {
  uint64_t destinations = 0;
  uint64_t connected = 0;
  uint64_t holding = 0;
  uint64_t confirmed_records = 0;
  uint64_t sent_bytes = 0;
  uint64_t resent_records = 0;
  uint64_t backlog_records = 0;
  uint64_t backlog_bytes = 0;
};

struct ElementFigures {
  std::string id;
  std::string software_version;
  bool attached = false;
  bool lab = false;
  v1::Statistics statistics;              // the newest, without tasks and destinations
  std::map<std::string, uint64_t> tasks;  // by state, every state
  std::map<std::string, DestinationFigures> destinations;
};

struct AlarmFigures {
  uint64_t standing = 0;
  uint64_t acknowledged = 0;  // of these
};

struct Figures {
  std::vector<ElementFigures> elements;
  // Standing alarms by (code, severity).
  std::map<std::pair<std::string, std::string>, AlarmFigures> alarms;
  std::map<std::pair<std::string, std::string>, AlarmFigures> platform_alarms;  // of these: is_platform_alarm
  std::map<std::string, int64_t> certificate_ends;  // that lictord stands on, by what they are; Unix ns
  std::map<std::string, uint64_t> warrants;         // that something can still come of, by state, every state
};

}  // namespace lictor::control
