// The Store in one SQLite file. Write-ahead log with synchronous=FULL: commit returns after the log was synced. The
// file is locked for this process alone, because lictord holds a picture of it in memory. Any thread, under one mutex.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/store/store.h"

namespace SQLite {  // NOLINT(readability-identifier-naming): the library's own name
class Database;
}

namespace lictor::control {

class SqliteStore final : public Store {
 public:
  // Opens or makes the file (mode 0600). FailedPrecondition: a newer schema, another program's file, wider access
  // rights; DataLoss: the integrity check failed; Unavailable: another process holds it, or it cannot be opened.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path);
  ~SqliteStore() override;

  Result<std::optional<Entry>> get(const std::string& key) override;
  Result<std::vector<Entry>> list(const std::string& prefix, const std::string& after, size_t limit) override;
  Result<uint64_t> commit(const std::vector<Write>& writes) override;
  WatchId watch(const std::string& prefix, Watcher watcher) override;
  void unwatch(WatchId id) override;
  Status purge(Purge thoroughness) override;
  // All of one moment, into an empty file; not synced. Commits wait meanwhile.
  Status copy_to(const std::string& path);

 private:
  struct Watch {
    std::string prefix;
    Watcher watcher;
  };

  explicit SqliteStore(std::unique_ptr<SQLite::Database> database);
  // What every change runs, prepared once.
  struct Statements;

  Result<uint64_t> commit_locked(const std::vector<Write>& writes);
  uint64_t next_revision();
  Status apply(const Write& write, uint64_t revision);
  void tell(const std::vector<Write>& writes);

  std::mutex mutex_;  // guards the two below
  std::unique_ptr<SQLite::Database> database_;
  std::unique_ptr<Statements> statements_;  // goes before the database
  std::mutex watch_mutex_;  // guards what follows; held while watchers run, so that unwatch waits for them
  uint64_t watch_next_ = 1;
  std::map<uint64_t, Watch> watches_;
};

}  // namespace lictor::control
