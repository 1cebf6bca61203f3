#include "encoders/handover/credential_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerDay = 86'400 * kNanosecondsPerSecond;

}  // namespace

CredentialStore::CredentialStore(CredentialPlan plan, AlarmQueue& alarms) : plan_(std::move(plan)), alarms_(alarms) {
  for (const CredentialFiles& files : plan_.files) {
    Entry& entry = entries_.emplace_back();
    entry.files = files;
    load(entry);
  }
}

CredentialStore::FileMark CredentialStore::mark_of(const std::string& path) {
  struct stat facts {};
  if (path.empty() || stat(path.c_str(), &facts) != 0) return {};
  return {.inode = facts.st_ino,
          .modified_ns = facts.st_mtim.tv_sec * kNanosecondsPerSecond + facts.st_mtim.tv_nsec,
          .size = facts.st_size};
}

CredentialStore::Marks CredentialStore::marks_of(const CredentialFiles& files) {
  return {mark_of(files.certificate), mark_of(files.key), mark_of(files.ca)};
}

void CredentialStore::load(Entry& entry) {
  entry.marks = marks_of(entry.files);  // before: a change during the load is seen by the next look
  Result<std::shared_ptr<const TlsCredential>> loaded = TlsCredential::load(entry.files);
  if (!loaded.ok()) {
    entry.fault = std::string(loaded.status().message());
    return;
  }
  entry.fault.clear();
  entry.current = {.credential = *std::move(loaded), .generation = entry.current.generation + 1};
}

void CredentialStore::follow(SocketTime now, LegalTime legal) {
  if (now < look_at_) return;
  look_at_ = {now.ns + int64_t{plan_.check_ms} * 1'000'000};
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) look(entry, legal);
}

void CredentialStore::look(Entry& entry, LegalTime legal) {
  const std::string fault_before = entry.fault;
  if (!entry.fault.empty() || entry.marks != marks_of(entry.files)) load(entry);
  tell_fault(entry, fault_before, legal);
  tell_end(entry, legal);
}

// Certificate and key are replaced one after the other, and do not fit in between: what the next look finds still is a
// fault.
void CredentialStore::tell_fault(Entry& entry, const std::string& fault_before, LegalTime legal) {
  if (entry.fault.empty() && entry.alarmed) {
    entry.alarmed = false;
    raise(entry, "credential_unusable", AlarmSeverity::kInformation, "loaded", true, legal);
  }
  if (entry.fault.empty() || fault_before.empty() || entry.alarmed) return;
  entry.alarmed = true;
  const char* const then =
      entry.current.credential == nullptr ? "nothing is delivered by it" : "the old one is in force";
  raise(entry, "credential_unusable", AlarmSeverity::kCritical, fmt::format("{}; {}", entry.fault, then), false, legal);
}

void CredentialStore::tell_end(Entry& entry, LegalTime legal) {
  if (entry.current.credential == nullptr) return;
  const int64_t left_ns = entry.current.credential->not_after().unix_ns - legal.unix_ns;
  const int64_t days = std::max<int64_t>(left_ns, 0) / kNanosecondsPerDay;
  if (left_ns > int64_t{plan_.warn_days} * kNanosecondsPerDay) {
    if (entry.told_days >= 0) {
      raise(entry, "certificate_expires", AlarmSeverity::kInformation, "renewed", true, legal);
    }
    entry.told_days = -1;
    return;
  }
  const int64_t tells = left_ns <= 0 ? 0 : days + 1;
  if (entry.told_days == tells) return;
  entry.told_days = tells;
  raise(entry, "certificate_expires", left_ns <= 0 ? AlarmSeverity::kCritical : AlarmSeverity::kWarning,
        left_ns <= 0 ? fmt::format("{}: has expired", entry.files.certificate)
                     : fmt::format("{}: expires in {} days", entry.files.certificate, days),
        false, legal);
}

const CredentialStore::Entry* CredentialStore::find(const std::string& name) const {
  const auto found = std::ranges::find(entries_, name, [](const Entry& entry) { return entry.files.name; });
  return found == entries_.end() ? nullptr : &*found;
}

bool CredentialStore::has(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return find(name) != nullptr;
}

Result<CredentialStore::Current> CredentialStore::current(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const Entry* const entry = find(name);
  if (entry == nullptr) return absl::NotFoundError(fmt::format("no credential is called {}", name));
  if (entry->current.credential == nullptr) return absl::FailedPreconditionError("credential: " + entry->fault);
  return entry->current;
}

bool CredentialStore::is_newest(const std::string& name, uint64_t generation) const {
  const std::lock_guard lock(mutex_);
  const Entry* const entry = find(name);
  return entry != nullptr && entry->current.generation == generation;
}

void CredentialStore::raise(const Entry& entry, const char* code, AlarmSeverity severity, std::string text,
                            bool cleared, LegalTime legal) {
  alarms_.raise({.code = code,
                 .severity = severity,
                 .xid = {},
                 .destination_id = "credential/" + entry.files.name,
                 .text = std::move(text),
                 .raised = legal,
                 .cleared = cleared,
                 .count = 0});
}

}  // namespace lictor
