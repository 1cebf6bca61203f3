// Looks at what the configuration names and nothing has used yet: keys of agencies and of signatures, directories of
// spools and of files for agencies. What cannot be used is told when the process starts, not when the first warrant
// needs it; and told to be over when it can. Control thread, which may wait for the disk.
#pragma once

#include <map>
#include <set>
#include <string>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "encoders/etsi/payload_key.h"
#include "encoders/integrity/signing_key_files.h"

namespace lictor {

struct FileWatchPlan {
  SigningKeyFiles signing_keys;
  PayloadKeyFiles payload_keys;
  std::map<std::string, std::string> directories;  // by the key of the configuration that names them
  uint32_t check_ms = 0;
};

class FileWatch {
 public:
  FileWatch(FileWatchPlan plan, AlarmQueue& alarms) : plan_(std::move(plan)), alarms_(alarms) {}

  // Where it is time: raises `file_unusable` for each that cannot be used, once, and ends it. The first look ends what
  // a former process may have raised.
  void look(SocketTime now, LegalTime legal);

 private:
  void judge(const std::string& what, const Status& status, LegalTime legal);

  const FileWatchPlan plan_;
  AlarmQueue& alarms_;
  SocketTime due_{};
  bool looked_ = false;
  std::set<std::string> unusable_;
};

}  // namespace lictor
