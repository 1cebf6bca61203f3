// lictord's configuration file (README.md lists the keys). Read at start, on one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/audit/audit_log.h"
#include "control/metrics/metrics_listener.h"
#include "control/registry/policy.h"
#include "control/rpc/server.h"
#include "control/sealed/master_key.h"
#include "control/syslog/syslog_shipper.h"
#include "dataplane/base/result.h"
#include "dataplane/base/system_call_filter.h"

namespace lictor::control {

struct DaemonConfig {
  ListenOptions listen;
  std::string store_path;
  MasterKeyOptions master_key;
  MasterKeyOptions next_master_key;  // is_default(): there is none
  std::string backups_directory;
  size_t backups_max = 0;
  std::string keys_directory;
  int64_t keys_age_max_s = 0;
  int64_t personal_days = 0;
  std::string directives_key;  // what directives are signed with
  // What lictord's options say about the audit log; the store's head is found later.
  AuditLogOptions audit;
  SyslogOptions syslog;
  Policy policy;
  TimePolicy time;
  OrderPolicy orders;  // whose signature approves
  int64_t acknowledge_wait_ms = 2000;
  CertificateWatchOptions certificates;
  FilterMode filter = FilterMode::kEnforce;
  std::vector<MetricsListenOptions> metrics;  // of the platform and of interception; no address: not served
  std::string log_level;
  std::map<std::string, std::string> effective;  // every key's value by its path, for the account
};

// InvalidArgument names the key that is wrong or unknown.
Result<DaemonConfig> read_daemon_config(const std::string& path);

}  // namespace lictor::control
