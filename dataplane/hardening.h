// What the dataplane gives up once it is started: root, and the system calls that it has no more use for. Main thread.
#pragma once

#include <string>

#include "dataplane/base/alarm.h"
#include "dataplane/base/config_reader.h"
#include "dataplane/base/system_call_filter.h"

namespace lictor {

struct HardeningConfig {
  std::string user;  // who it becomes; empty: it stays who it is
  FilterMode filter = FilterMode::kEnforce;
};

// hardening = { user = "lictor"; seccomp = "enforce"; }
HardeningConfig read_hardening(ConfigGroup group);
// Of this file, whose other keys are load_config's business.
Result<HardeningConfig> load_hardening(const std::string& path);

// When ports, spools and lcores are there, and before lictord is dialled, which knows dataplanes by their user. For all
// threads. NotFound where there is no such user, PermissionDenied where this process may not become it.
Status give_up_privileges(const HardeningConfig& config);

// Logs and raises system_call_refused when more were.
class RefusedCallWatch {
 public:
  explicit RefusedCallWatch(AlarmQueue& alarms) : alarms_(alarms) {}
  // Once more: made before what ends later than the last look, it tells of that, in the log at least.
  ~RefusedCallWatch() { look(); }
  RefusedCallWatch(const RefusedCallWatch&) = delete;
  RefusedCallWatch& operator=(const RefusedCallWatch&) = delete;
  void look();

 private:
  AlarmQueue& alarms_;
  uint64_t told_ = 0;
};

}  // namespace lictor
