// The credentials of this dataplane by name, read again when their files change: no connection and no process is
// restarted for a new certificate. follow() on the control thread; everything else on any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "encoders/handover/credential_plan.h"
#include "encoders/handover/tls_credential.h"

namespace lictor {

class CredentialStore {
 public:
  // Loads what can be loaded. What cannot is alarmed, and tried again with every look.
  CredentialStore(CredentialPlan plan, AlarmQueue& alarms);
  CredentialStore(const CredentialStore&) = delete;
  CredentialStore& operator=(const CredentialStore&) = delete;

  // --- control thread ---
  // Looks at the files where it is time. Files that changed take effect together, once they fit each other: until then
  // the old ones stay in force. Raises and clears `credential_unusable` and `certificate_expires`.
  void follow(SocketTime now, LegalTime legal);

  // --- any thread ---
  [[nodiscard]] bool has(const std::string& name) const;
  struct Current {
    std::shared_ptr<const TlsCredential> credential;
    uint64_t generation = 0;  // grows with each load of this name
  };
  // FailedPrecondition where it cannot be used now, NotFound where the configuration has none of this name.
  [[nodiscard]] Result<Current> current(const std::string& name) const;
  // Whether that generation is still the newest.
  [[nodiscard]] bool is_newest(const std::string& name, uint64_t generation) const;

 private:
  // What says that a file is another one now.
  struct FileMark {
    uint64_t inode = 0;
    int64_t modified_ns = 0;
    int64_t size = -1;
    friend bool operator==(const FileMark&, const FileMark&) = default;
  };
  using Marks = std::array<FileMark, 3>;

  struct Entry {
    CredentialFiles files;
    Marks marks;
    Current current;
    std::string fault;       // why it cannot be loaded; empty: it could
    bool alarmed = false;    // credential_unusable stands
    int64_t told_days = -1;  // of certificate_expires; -1: it does not stand
  };

  static Marks marks_of(const CredentialFiles& files);
  static FileMark mark_of(const std::string& path);
  void load(Entry& entry);
  void look(Entry& entry, LegalTime legal);
  void tell_fault(Entry& entry, const std::string& fault_before, LegalTime legal);
  void tell_end(Entry& entry, LegalTime legal);
  [[nodiscard]] const Entry* find(const std::string& name) const;
  void raise(const Entry& entry, const char* code, AlarmSeverity severity, std::string text, bool cleared,
             LegalTime legal);

  const CredentialPlan plan_;
  AlarmQueue& alarms_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // under mutex_; written by the control thread
  SocketTime look_at_{INT64_MIN};
};

}  // namespace lictor
