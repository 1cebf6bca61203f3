// A sealed store on a file of its own, with a master key in a file, and rules that are easy to see through: rows of
// "w/<id>" belong to the subject <id>, keys of "blind/" are blind.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "control/sealed/open_store.h"
#include "tests/unit/control/vault/support.h"

namespace lictor::control {

inline SealingRules test_rules() {
  return {.is_blind = [](const std::string& key) { return key.starts_with("blind/"); },
          .subject_of = [](const std::string& key, const std::string&) -> Result<std::string> {
            return key.starts_with("w/") ? key.substr(2) : std::string();
          }};
}

class SealedTest : public ScratchTest {
 protected:
  // The daemon starts, or starts again on the same file.
  Status open(const MasterKeySource& key) {
    close();
    Result<std::unique_ptr<SqliteStore>> rows = SqliteStore::open(path_);
    if (!rows.ok()) return rows.status();
    rows_ = *std::move(rows);
    Result<std::unique_ptr<SealedStore>> store = SealedStore::open(*rows_, key, test_rules());
    if (store.ok()) store_ = *std::move(store);
    return store.status();
  }
  Status open() { return open(master()); }
  void close() {
    store_.reset();
    rows_.reset();
  }

  // The rows as who has the file sees them, and may write to them.
  std::unique_ptr<SqliteStore> rows() {
    close();
    Result<std::unique_ptr<SqliteStore>> rows = SqliteStore::open(path_);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return *std::move(rows);
  }

  void put(const std::string& key, const std::string& value) {
    const Result<uint64_t> revision = store_->commit({{.key = key, .value = value}});
    ASSERT_TRUE(revision.ok()) << revision.status();
  }
  std::string get(const std::string& key) {
    const Result<std::optional<Entry>> entry = store_->get(key);
    EXPECT_TRUE(entry.ok()) << entry.status();
    return entry.ok() && entry->has_value() ? (*entry)->value : "(nothing)";
  }

  // Whether the octets of this text are anywhere in the store's files.
  [[nodiscard]] bool shows(const std::string& text) const {
    for (const auto& each : std::filesystem::directory_iterator(folder_)) {
      const std::string name = each.path().filename();
      if (name.starts_with("store.db") && read_file(each.path()).find(text) != std::string::npos) return true;
    }
    return false;
  }

  const std::string path_ = file("store.db");
  std::unique_ptr<SqliteStore> rows_;
  std::unique_ptr<SealedStore> store_;
};

}  // namespace lictor::control
