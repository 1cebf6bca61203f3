// A copy that is made while the store is written to, and what it is put back over.
#include "control/sealed/backups.h"

#include <atomic>
#include <thread>

#include "tests/unit/control/sealed/sealed_test.h"

namespace lictor::control {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kTime = 1'795'248'000 * kSecond;  // 2026-11-21T08:00:00Z

class BackupsTest : public SealedTest {
 protected:
  BackupsTest() { EXPECT_TRUE(open().ok()); }

  Result<Backup> back_up(int64_t time = kTime, size_t max = 8) { return Backups(*rows_, folder(), max).make(time); }
  [[nodiscard]] std::string folder() const { return file("backups"); }
  Status restore(const std::string& backup, uint8_t key = 1) {
    return restore_store(path_, backup, master(key), test_rules());
  }
};

TEST_F(BackupsTest, ACopyIsOfOneMomentAndComesBackAsThat) {
  put("w/1", "then");
  put("blind/1", "x");
  const Result<Backup> backup = back_up();
  ASSERT_TRUE(backup.ok()) << backup.status();
  EXPECT_EQ(backup->path, folder() + "/lictord-20261121T080000Z.db");
  EXPECT_EQ(backup->bytes, std::filesystem::file_size(backup->path));
  put("w/1", "later");
  put("w/2", "later");
  close();
  ASSERT_TRUE(restore(backup->path).ok());
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/1") + get("blind/1") + get("w/2"), "thenx(nothing)");
  EXPECT_TRUE(std::filesystem::exists(path_ + ".replaced"));
}

TEST_F(BackupsTest, ACopyNamesNobodyAndNobodyElseReadsIt) {
  put("w/1", "PLANTED-TARGET");
  put("blind/PLANTED-LIID", "x");
  const Result<Backup> backup = back_up();
  ASSERT_TRUE(backup.ok()) << backup.status();
  const std::string octets = read_file(backup->path);
  EXPECT_NE(octets.find("w/1"), std::string::npos) << "the search finds what is there";
  EXPECT_EQ(octets.find("PLANTED"), std::string::npos);
  struct stat facts {};
  ASSERT_EQ(::stat(backup->path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
  ASSERT_EQ(::stat(folder().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0700U);
}

TEST_F(BackupsTest, CopiesMadeWhileItIsWrittenToAreWhole) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const std::string text = std::to_string(i);
      EXPECT_TRUE(store_->commit({{.key = "w/left", .value = text}, {.key = "w/right", .value = text}}).ok());
    }
  });
  std::vector<std::string> copies;
  for (int i = 0; i < 8; ++i) {
    const Result<Backup> backup = back_up(kTime + i * kSecond);
    EXPECT_TRUE(backup.ok()) << backup.status();
    if (backup.ok()) copies.push_back(backup->path);
  }
  stop = true;
  writer.join();
  close();
  for (const std::string& copy : copies) {
    ASSERT_TRUE(restore(copy).ok());
    ASSERT_TRUE(open().ok());
    EXPECT_EQ(get("w/left"), get("w/right")) << copy;
    close();
  }
}

TEST_F(BackupsTest, TooManyCopiesAreRefusedAndNoneIsRemoved) {
  ASSERT_TRUE(back_up(kTime, 2).ok());
  EXPECT_EQ(back_up(kTime, 2).status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(back_up(kTime + kSecond, 2).ok());
  EXPECT_EQ(back_up(kTime + 2 * kSecond, 2).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 2);
}

TEST_F(BackupsTest, WhatDoesNotVerifyChangesNothing) {
  put("w/1", "then");
  const std::string good = back_up()->path;
  const std::string bad = file("bad.db");
  std::filesystem::copy_file(good, bad);
  {
    Result<std::unique_ptr<SqliteStore>> rows = SqliteStore::open(bad);
    ASSERT_TRUE((*rows)->commit({{.key = "w/1", .value = std::nullopt}}).ok());
  }
  const std::string plain = file("plain.db");
  ASSERT_TRUE((*SqliteStore::open(plain))->commit({{.key = "w/1", .value = "x"}}).ok());
  EXPECT_EQ(restore(good).code(), absl::StatusCode::kUnavailable) << "the store is in use";
  put("w/1", "now");
  close();
  EXPECT_EQ(restore(bad).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(restore(plain).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(restore(good, 2).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(restore(file("none.db")).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/1"), "now");
}

TEST_F(BackupsTest, AStoreThatDoesNotOpenAnyMoreIsReplaced) {
  put("w/1", "then");
  const std::string good = back_up()->path;
  close();
  write_file(path_, "no database at all, but something of the same name that somebody wrote here");
  ASSERT_FALSE(open().ok());
  ASSERT_TRUE(restore(good).ok());
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/1"), "then");
}

}  // namespace
}  // namespace lictor::control
