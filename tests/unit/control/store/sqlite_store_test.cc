// The promises of the Store seam, on the SQLite implementation.
#include "control/store/sqlite_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include <fstream>

#include "control/store/schema.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

class SqliteStoreTest : public testing::Test {
 protected:
  TempDir directory_;
  const std::string path_ = directory_.file("store.db");
};

TEST_F(SqliteStoreTest, WhatWasCommittedIsThereAfterReopening) {
  uint64_t revision = 0;
  {
    const auto store = open_store(path_);
    revision = *store->commit({{.key = "a", .value = std::string("\0x", 2)}});
  }
  const auto entry = open_store(path_)->get("a");
  ASSERT_TRUE(entry.ok() && entry->has_value());
  EXPECT_EQ((*entry)->value, std::string("\0x", 2));
  EXPECT_EQ((*entry)->revision, revision);
}

TEST_F(SqliteStoreTest, AnAbsentKeyIsNothingAndAnEmptyValueIsSomething) {
  const auto store = open_store(path_);
  ASSERT_TRUE(store->commit({{.key = "empty", .value = ""}}).ok());
  EXPECT_FALSE(store->get("absent")->has_value());
  ASSERT_TRUE(store->get("empty")->has_value());
  EXPECT_EQ((*store->get("empty"))->value, "");
}

TEST_F(SqliteStoreTest, OneFailedExpectationUndoesTheWholeCommit) {
  const auto store = open_store(path_);
  const uint64_t first = *store->commit({{.key = "a", .value = "1"}});
  const auto refused =
      store->commit({{.key = "b", .value = "new"}, {.key = "a", .value = "2", .expected_revision = first + 7}});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(store->get("b")->has_value());
  EXPECT_EQ((*store->get("a"))->value, "1");
}

TEST_F(SqliteStoreTest, ExpectationsCompareRevisionsAndAbsence) {
  const auto store = open_store(path_);
  const auto first = store->commit({{.key = "a", .value = "1", .expected_revision = kMustBeAbsent}});
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(store->commit({{.key = "a", .value = "2", .expected_revision = kMustBeAbsent}}).ok());
  const auto second = store->commit({{.key = "a", .value = "2", .expected_revision = *first}});
  ASSERT_TRUE(second.ok());
  EXPECT_GT(*second, *first);
  EXPECT_FALSE(store->commit({{.key = "a", .value = std::nullopt, .expected_revision = *first}}).ok());
  EXPECT_TRUE(store->commit({{.key = "a", .value = std::nullopt, .expected_revision = *second}}).ok());
  EXPECT_FALSE(store->get("a")->has_value());
}

TEST_F(SqliteStoreTest, RevisionsAreNotRepeatedAfterADeletion) {
  const auto store = open_store(path_);
  const uint64_t first = *store->commit({{.key = "a", .value = "1"}});
  ASSERT_TRUE(store->commit({{.key = "a", .value = std::nullopt}}).ok());
  EXPECT_GT(*store->commit({{.key = "a", .value = "1"}}), first);
}

TEST_F(SqliteStoreTest, ListsByPrefixInOrderFromBehindAKeyUpToALimit) {
  const auto store = open_store(path_);
  ASSERT_TRUE(store
                  ->commit({{.key = "x/b", .value = "2"},
                            {.key = "x/a", .value = "1"},
                            {.key = "x/c", .value = "3"},
                            {.key = "x0", .value = "behind the prefix"},
                            {.key = "w", .value = "before it"}})
                  .ok());
  const auto keys = [&](const std::string& after, size_t limit) {
    std::string text;
    const Result<std::vector<Entry>> entries = store->list("x/", after, limit);
    EXPECT_TRUE(entries.ok());
    for (const Entry& entry : entries.value()) text += entry.key + " ";
    return text;
  };
  EXPECT_EQ(keys("", 10), "x/a x/b x/c ");
  EXPECT_EQ(keys("x/a", 10), "x/b x/c ");
  EXPECT_EQ(keys("", 2), "x/a x/b ");
  EXPECT_EQ(keys("x/c", 10), "");
}

TEST_F(SqliteStoreTest, AWatcherHearsOfItsPrefixAndOnlyOfCommits) {
  const auto store = open_store(path_);
  std::vector<std::string> heard;
  const auto id = store->watch(
      "w/", [&](const std::vector<std::string>& keys) { heard.insert(heard.end(), keys.begin(), keys.end()); });
  ASSERT_TRUE(store->commit({{.key = "w/1", .value = "1"}, {.key = "other", .value = "1"}}).ok());
  EXPECT_FALSE(store->commit({{.key = "w/1", .value = "2", .expected_revision = kMustBeAbsent}}).ok());
  EXPECT_EQ(heard, std::vector<std::string>{"w/1"});
  store->unwatch(id);
  ASSERT_TRUE(store->commit({{.key = "w/2", .value = "1"}}).ok());
  EXPECT_EQ(heard.size(), 1u);
}

// A log that grows long is copied in one go some day, and whoever commits then waits for it.
TEST_F(SqliteStoreTest, TheLogStaysShort) {
  const auto store = open_store(path_);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(store->commit({{.key = "k" + std::to_string(i), .value = std::string(8192, 'v')}}).ok());
    ASSERT_TRUE(store->get("k0")->has_value());
  }
  constexpr uintmax_t kPageBytes = 4096;
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 200 * kPageBytes);
}

TEST_F(SqliteStoreTest, AStoreThatRefusedACommitTakesTheNextOne) {
  const auto store = open_store(path_);
  const uint64_t first = *store->commit({{.key = "a", .value = "1"}});
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(store->commit({{.key = "b", .value = "2"}, {.key = "a", .value = "2", .expected_revision = 0}}).ok());
  const Result<uint64_t> second = store->commit({{.key = "a", .value = "3", .expected_revision = first}});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*second, first + 1) << "what was refused used no revision";
}

TEST_F(SqliteStoreTest, BoundsOfKeysAndValuesAreKept) {
  const auto store = open_store(path_);
  EXPECT_EQ(store->commit({{.key = "", .value = "1"}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store->commit({{.key = std::string(Store::kKeyBytesMax + 1, 'k'), .value = "1"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store->commit({{.key = "k", .value = std::string(Store::kValueBytesMax + 1, 'v')}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SqliteStoreTest, TheFileIsForItsOwnerOnly) {
  open_store(path_);
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  EXPECT_EQ(SqliteStore::open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteStoreTest, ASecondOpenerIsRefused) {
  const auto store = open_store(path_);
  EXPECT_EQ(SqliteStore::open(path_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SqliteStoreTest, ANewerSchemaIsRefusedAndLeftAsItWas) {
  open_store(path_);
  const int newer = schema_version_known() + 1;
  {
    SQLite::Database database(path_, SQLite::OPEN_READWRITE);
    database.exec("UPDATE schema_version SET version = " + std::to_string(newer));
  }
  EXPECT_EQ(SqliteStore::open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  SQLite::Database database(path_, SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("SELECT version FROM schema_version").getInt(), newer);
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefused) {
  {
    SQLite::Database database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("CREATE TABLE somebody_elses (id INTEGER)");
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(SqliteStore::open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteStoreTest, ADamagedFileIsRefused) {
  {
    const auto store = open_store(path_);
    for (int i = 0; i < 50; ++i)
      ASSERT_TRUE(store->commit({{.key = "k" + std::to_string(i), .value = std::string(2000, 'v')}}).ok());
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 * 5);
  file << std::string(4096 * 8, '\xa5');
  file.close();
  EXPECT_EQ(SqliteStore::open(path_).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace lictor::control
