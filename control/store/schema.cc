// The list of migrations, and the walk through it. At start, on one thread.
#include "control/store/schema.h"

#include <fmt/format.h>

#include <array>

namespace lictor::control {
namespace {

// Each step leads from version i to i + 1. Steps that were released are never edited: files out there have run them.
constexpr std::array kMigrations = {
    "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);"
    "INSERT INTO counter VALUES (1, 0);",
};

// -1: the file has tables, but no version table: somebody else's.
int version_of(SQLite::Database& database) {
  if (database.tableExists("schema_version")) return database.execAndGet("SELECT version FROM schema_version").getInt();
  return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 ? 0 : -1;
}

}  // namespace

int schema_version_known() { return static_cast<int>(kMigrations.size()); }

Status migrate(SQLite::Database& database) {
  const int version = version_of(database);
  if (version < 0) return absl::FailedPreconditionError("the store's file is a database of another program");
  if (version > schema_version_known())
    return absl::FailedPreconditionError(
        fmt::format("the store has schema version {}, this program knows {}: it was written by a newer lictord",
                    version, schema_version_known()));
  for (int step = version; step < schema_version_known(); ++step) {
    SQLite::Transaction transaction(database);
    if (step == 0) {
      database.exec("CREATE TABLE schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)");
      database.exec("INSERT INTO schema_version VALUES (1, 0)");
    }
    database.exec(kMigrations[static_cast<size_t>(step)]);
    database.exec(fmt::format("UPDATE schema_version SET version = {}", step + 1));
    transaction.commit();
  }
  return absl::OkStatus();
}

}  // namespace lictor::control
