// The Store's calls as SQL. Exceptions of SQLiteCpp end here.
#include "control/store/sqlite_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "control/store/schema.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

// Pages in the log after which a commit also moves them into the database. SQLite's own 1,000 made one change in a
// hundred wait for 4 MiB to be copied and synced; this many are copied in about a millisecond, and so small a log is
// written over again and again, which syncs in half the time that growing a file takes.
constexpr int kCheckpointPages = 100;

// A predecessor that is being stopped may hold the file for a moment.
constexpr int kBusyTimeoutMs = 3000;

Status status_of(const SQLite::Exception& error, const char* tried) {
  const std::string text = fmt::format("store: {}: {}", tried, error.what());
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(text + " (another process holds it)");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(text);
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::UnavailableError(text);
  }
}

// The file exists afterwards, is a plain file and nobody else may open it. SQLite gives its log files the same rights.
Status make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return absl::UnavailableError(fmt::format("store: cannot open {}: {}", path, std::strerror(errno)));
  struct stat facts {};
  const bool known = ::fstat(file, &facts) == 0;
  ::close(file);
  if (!known || !S_ISREG(facts.st_mode))
    return absl::FailedPreconditionError(fmt::format("store: {} is not a plain file", path));
  if ((facts.st_mode & 077) != 0)
    return absl::FailedPreconditionError(fmt::format(
        "store: {} has mode {:o}: others may read the warrants; set it to 600", path, facts.st_mode & 0777));
  return absl::OkStatus();
}

void configure(SQLite::Database& database) {
  database.setBusyTimeout(kBusyTimeoutMs);
  database.exec(
      "PRAGMA locking_mode = EXCLUSIVE");  // before the first access: then no shared-memory file is made at all
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");  // NORMAL may lose acknowledged commits with the power
  database.exec("PRAGMA secure_delete = ON");  // what was deleted named persons
  database.exec("PRAGMA temp_store = MEMORY");
  database.exec(fmt::format("PRAGMA wal_autocheckpoint = {}", kCheckpointPages));
}

Status check_integrity(SQLite::Database& database) {
  const std::string verdict = database.execAndGet("PRAGMA integrity_check").getString();
  if (verdict == "ok") return absl::OkStatus();
  return absl::DataLossError("store: the integrity check failed: " + verdict);
}

// The first string that is greater than everything with this prefix; empty: there is none.
std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

void bind_bytes(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

std::string bytes_of(const SQLite::Column& column) {
  const void* data = column.getBlob();
  return data == nullptr ? std::string()
                         : std::string(static_cast<const char*>(data), static_cast<size_t>(column.getBytes()));
}

Status check_bounds(const Write& write) {
  if (write.key.empty() || write.key.size() > Store::kKeyBytesMax)
    return absl::InvalidArgumentError("store: a key is empty or too long");
  if (write.value && write.value->size() > Store::kValueBytesMax)
    return absl::InvalidArgumentError(fmt::format("store: a value is longer than {} octets", Store::kValueBytesMax));
  return absl::OkStatus();
}

// The log's pages into the database, and the log cut to nothing: it holds pages as they were.
Status empty_log(SQLite::Database& database) {
  SQLite::Statement checkpoint(database, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (!checkpoint.executeStep() || checkpoint.getColumn(0).getInt() != 0)
    return absl::UnavailableError("store: purge: the log is in use");
  return absl::OkStatus();
}

}  // namespace

struct SqliteStore::Statements {
  explicit Statements(SQLite::Database& database)
      : get(database, "SELECT value, revision FROM entries WHERE key = ?"),
        count(database, "UPDATE counter SET revision = revision + 1 RETURNING revision"),
        revision(database, "SELECT revision FROM entries WHERE key = ?"),
        put(database, "INSERT OR REPLACE INTO entries (key, value, revision) VALUES (?, ?, ?)"),
        erase(database, "DELETE FROM entries WHERE key = ?") {}

  SQLite::Statement get;
  SQLite::Statement count;
  SQLite::Statement revision;
  SQLite::Statement put;
  SQLite::Statement erase;
};

namespace {

// A prepared statement for one use. It is reset behind it: one that stands on a row would hold back the log.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() {
    statement_.tryReset();
    statement_.clearBindings();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  SQLite::Statement& operator*() const { return statement_; }
  SQLite::Statement* operator->() const { return &statement_; }

 private:
  SQLite::Statement& statement_;
};

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<SQLite::Database> database)
    : database_(std::move(database)), statements_(std::make_unique<Statements>(*database_)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path) {
  if (Status status = make_private_file(path); !status.ok()) return status;
  try {
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_FULLMUTEX);
    configure(*database);
    if (Status status = check_integrity(*database); !status.ok()) return status;
    if (Status status = migrate(*database); !status.ok()) return status;
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database)));
  } catch (const SQLite::Exception& error) {
    return status_of(error, "open");
  }
}

Result<std::optional<Entry>> SqliteStore::get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  try {
    const Use query(statements_->get);
    bind_bytes(*query, 1, key);
    if (!query->executeStep()) return std::optional<Entry>();
    return std::optional<Entry>(Entry{.key = key,
                                      .value = bytes_of(query->getColumn(0)),
                                      .revision = static_cast<uint64_t>(query->getColumn(1).getInt64())});
  } catch (const SQLite::Exception& error) {
    return status_of(error, "get");
  }
}

Result<std::vector<Entry>> SqliteStore::list(const std::string& prefix, const std::string& after, size_t limit) {
  const std::lock_guard lock(mutex_);
  try {
    const std::string end = end_of_prefix(prefix);
    // One lower bound: of two SQLite searches by the first, and walks through every page before.
    const bool is_behind = !after.empty() && after >= prefix;
    SQLite::Statement query(*database_, std::string("SELECT key, value, revision FROM entries WHERE key ") +
                                            (is_behind ? "> ?1 " : ">= ?1 ") + (end.empty() ? "" : "AND key < ?3 ") +
                                            "ORDER BY key LIMIT ?2");
    bind_bytes(query, 1, is_behind ? after : prefix);
    query.bind(2, static_cast<int64_t>(limit));
    if (!end.empty()) bind_bytes(query, 3, end);
    std::vector<Entry> entries;
    while (query.executeStep())
      entries.push_back({.key = bytes_of(query.getColumn(0)),
                         .value = bytes_of(query.getColumn(1)),
                         .revision = static_cast<uint64_t>(query.getColumn(2).getInt64())});
    return entries;
  } catch (const SQLite::Exception& error) {
    return status_of(error, "list");
  }
}

Result<uint64_t> SqliteStore::commit(const std::vector<Write>& writes) {
  for (const Write& write : writes)
    if (Status status = check_bounds(write); !status.ok()) return status;
  Result<uint64_t> revision = [&] {
    const std::lock_guard lock(mutex_);
    return commit_locked(writes);
  }();
  if (revision.ok()) tell(writes);
  return revision;
}

Result<uint64_t> SqliteStore::commit_locked(const std::vector<Write>& writes) {
  try {
    SQLite::Transaction transaction(*database_);
    const uint64_t revision = next_revision();
    for (const Write& write : writes)
      if (Status status = apply(write, revision); !status.ok())
        return status;  // the transaction's destructor rolls back
    transaction.commit();
    return revision;
  } catch (const SQLite::Exception& error) {
    return status_of(error, "commit");
  }
}

uint64_t SqliteStore::next_revision() {
  const Use count(statements_->count);
  LICTOR_CHECK(count->executeStep());  // the table's only row, made by the first migration
  const auto revision = static_cast<uint64_t>(count->getColumn(0).getInt64());
  count->executeStep();  // an UPDATE is done when its last row was taken
  return revision;
}

Status SqliteStore::apply(const Write& write, uint64_t revision) {
  if (write.expected_revision) {
    const Use query(statements_->revision);
    bind_bytes(*query, 1, write.key);
    const uint64_t found = query->executeStep() ? static_cast<uint64_t>(query->getColumn(0).getInt64()) : kMustBeAbsent;
    if (found != *write.expected_revision) return absl::AbortedError("store: another change came first");
  }
  if (!write.value) {
    const Use erase(statements_->erase);
    bind_bytes(*erase, 1, write.key);
    erase->exec();
    return absl::OkStatus();
  }
  const Use put(statements_->put);
  bind_bytes(*put, 1, write.key);
  bind_bytes(*put, 2, *write.value);
  put->bind(3, static_cast<int64_t>(revision));
  put->exec();
  return absl::OkStatus();
}

// What was deleted in the database itself is zeros already (secure_delete); writing it anew leaves no page of before.
Status SqliteStore::purge(Purge thoroughness) {
  const std::lock_guard lock(mutex_);
  try {
    if (thoroughness == Purge::kAll) database_->exec("VACUUM");
    return empty_log(*database_);
  } catch (const SQLite::Exception& error) {
    return status_of(error, "purge");
  }
}

Status SqliteStore::copy_to(const std::string& path) {
  const std::lock_guard lock(mutex_);
  try {
    SQLite::Statement copy(*database_, "VACUUM INTO ?");
    copy.bind(1, path);
    copy.exec();
    return absl::OkStatus();
  } catch (const SQLite::Exception& error) {
    return status_of(error, "copy");
  }
}

Store::WatchId SqliteStore::watch(const std::string& prefix, Watcher watcher) {
  const std::lock_guard lock(watch_mutex_);
  watches_.emplace(watch_next_, Watch{prefix, std::move(watcher)});
  return WatchId{watch_next_++};
}

void SqliteStore::unwatch(WatchId id) {
  const std::lock_guard lock(watch_mutex_);
  watches_.erase(static_cast<uint64_t>(id));
}

void SqliteStore::tell(const std::vector<Write>& writes) {
  const std::lock_guard lock(watch_mutex_);
  for (const auto& [id, watch] : watches_) {
    std::vector<std::string> keys;
    for (const Write& write : writes)
      if (write.key.starts_with(watch.prefix)) keys.push_back(write.key);
    if (!keys.empty()) watch.watcher(keys);
  }
}

}  // namespace lictor::control
