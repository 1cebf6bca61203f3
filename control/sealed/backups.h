// Copies of the store while it is in use: whole, of one moment, sealed as it is, in a folder on this host. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "control/store/sqlite_store.h"

namespace lictor::control {

struct Backup {
  std::string path;
  uint64_t bytes = 0;
};

class Backups {
 public:
  // `rows` outlives it. The folder is made with the first copy, mode 0700. More than `copies_max` are refused: nothing
  // is removed here.
  Backups(SqliteStore& rows, std::string folder, size_t copies_max)
      : rows_(rows), folder_(std::move(folder)), copies_max_(copies_max) {}

  // On the disk when it returns, mode 0600, named by the time. AlreadyExists: the second in one second;
  // ResourceExhausted: there are too many.
  Result<Backup> make(int64_t now_unix_ns);

 private:
  [[nodiscard]] Status check_room() const;

  SqliteStore& rows_;
  const std::string folder_;
  const size_t copies_max_;
  std::mutex mutex_;  // one at a time
};

// Puts a backup in the place of the store at `path`, which no process may have open. What was there stays as
// "<path>.replaced". FailedPrecondition: the backup is not sealed; else what opening it answers: a backup that does not
// verify under this master key changes nothing.
class MasterKeySource;
struct SealingRules;
Status restore_store(const std::string& path, const std::string& backup, const MasterKeySource& source,
                     const SealingRules& rules);

}  // namespace lictor::control
