#include "dataplane/agent/file_watch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lictor {
namespace {

Status check_directory(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return absl::UnavailableError(path + ": " + std::strerror(errno));
  if (!S_ISDIR(facts.st_mode)) return absl::FailedPreconditionError(path + ": is no directory");
  if (::access(path.c_str(), W_OK | X_OK) != 0) return absl::UnavailableError(path + ": " + std::strerror(errno));
  return absl::OkStatus();
}

}  // namespace

void FileWatch::look(SocketTime now, LegalTime legal) {
  if (looked_ && now < due_) return;
  due_ = {now.ns + int64_t{plan_.check_ms} * 1'000'000};
  for (const auto& [name, path] : plan_.signing_keys.paths)
    judge("handover.signing_keys/" + name, SigningKey::load(path).status(), legal);
  for (const auto& [name, path] : plan_.payload_keys.paths) {
    const Status status = PayloadKey::load(path).status();
    // That no locked memory is left just now says nothing of the file.
    if (!absl::IsResourceExhausted(status)) judge("handover.payload_keys/" + name, status, legal);
  }
  for (const auto& [key, path] : plan_.directories) judge(key, check_directory(path), legal);
  looked_ = true;
}

void FileWatch::judge(const std::string& what, const Status& status, LegalTime legal) {
  const bool changed = status.ok() ? unusable_.erase(what) > 0 : unusable_.insert(what).second;
  if (looked_ && !changed) return;
  alarms_.raise({.code = "file_unusable",
                 .severity = status.ok() ? AlarmSeverity::kInformation : AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = what,
                 .text = status.ok() ? "it can be used" : std::string(status.message()),
                 .raised = legal,
                 .cleared = status.ok(),
                 .count = 0});
}

}  // namespace lictor
