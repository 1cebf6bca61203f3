// The file of sessions: what was written is read again, by its key alone and not for ever.
#include "dataplane/snapshot_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace lictor {
namespace {

class SnapshotFiles : public testing::Test {
 protected:
  SnapshotFiles() : folder_(std::filesystem::temp_directory_path() / ("lictor-snapshot-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    config_ = {.file = folder_ / "sessions", .key = folder_ / "key", .age_max_s = 60};
    write_key(std::string(32, 'k'), 0600);
  }
  ~SnapshotFiles() override { std::filesystem::remove_all(folder_); }

  void write_key(const std::string& octets, mode_t mode) {
    std::ofstream(config_.key, std::ios::binary) << octets;
    chmod(config_.key.c_str(), mode);
  }
  std::string octets() {
    std::ifstream file(config_.file, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Status read(int64_t seconds_later) const {
    return read_snapshot(config_, {made_.unix_ns + seconds_later * kNanosecondsPerSecond}).status();
  }

  const std::filesystem::path folder_;
  SnapshotConfig config_;
  const LegalTime made_{1'790'000'000 * kNanosecondsPerSecond};
  Snapshot snapshot_{.keys = SnapshotKeys::random(), .made = made_, .sessions = std::vector<uint8_t>(1000, 's')};
};

TEST_F(SnapshotFiles, WhatWasWrittenIsReadAgain) {
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  const Result<Snapshot> read = read_snapshot(config_, {made_.unix_ns + 1});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->sessions, snapshot_.sessions);
  EXPECT_EQ(read->keys.book.low, snapshot_.keys.book.low);
  EXPECT_EQ(read->keys.pppoe.high, snapshot_.keys.pppoe.high);
  EXPECT_EQ(read->made.unix_ns, made_.unix_ns);
  EXPECT_EQ(octets().find("ssss"), std::string::npos);
  struct stat facts {};
  ASSERT_EQ(stat(config_.file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
}

// What was added last may not have reached the disk.
TEST_F(SnapshotFiles, IsWorthNothingBehindAnotherStartOfTheMachine) {
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  EXPECT_TRUE(read(1).ok());
  config_.boot_id = folder_ / "boot";
  EXPECT_EQ(read(1).code(), absl::StatusCode::kFailedPrecondition) << "nobody says which start this is";
  std::ofstream(config_.boot_id) << "00000000-0000-4000-8000-000000000001\n";
  const Status status = read(1);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("another start"), std::string::npos) << status;
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  EXPECT_TRUE(read(1).ok());
}

TEST_F(SnapshotFiles, IsWorthNothingWhenItIsTooOldOrFromTheFuture) {
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  EXPECT_TRUE(read(60).ok());
  EXPECT_EQ(read(61).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(read(-1).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SnapshotFiles, NoOctetOfItCanBeAlteredNorCutOff) {
  snapshot_.sessions.resize(20);
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  const std::string whole = octets();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string other = whole;
    other[at] = static_cast<char>(other[at] ^ 1);
    std::ofstream(config_.file, std::ios::binary) << other;
    EXPECT_EQ(read(1).code(), absl::StatusCode::kInvalidArgument) << at;
    std::ofstream(config_.file, std::ios::binary) << whole.substr(0, at);
    EXPECT_FALSE(read(1).ok()) << at;
  }
}

TEST_F(SnapshotFiles, WhatIsAddedComesBehindWhatWasWritten) {
  Result<SnapshotFile> file = SnapshotFile::begin(config_, snapshot_);
  ASSERT_TRUE(file.ok() && file->finish().ok()) << file.status();
  std::vector<uint8_t> expected = snapshot_.sessions;
  for (const uint8_t letter : {'a', 'b', 'c'}) {
    std::vector<uint8_t> items(100, letter);
    expected.insert(expected.end(), items.begin(), items.end());
    ASSERT_TRUE(file->append(items).ok());
    EXPECT_TRUE(items.empty());
  }
  const Result<Snapshot> read = read_snapshot(config_, made_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->sessions, expected);
  EXPECT_EQ(octets().find("aaaa"), std::string::npos);
}

TEST_F(SnapshotFiles, OneThatIsNotWholeYetReplacesNothing) {
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  Result<SnapshotFile> next = SnapshotFile::begin(config_, {.keys = snapshot_.keys, .made = made_, .sessions = {}});
  ASSERT_TRUE(next.ok()) << next.status();
  std::vector<uint8_t> items(100, 'a');
  ASSERT_TRUE(next->append(items).ok() && next->settle().ok());
  EXPECT_EQ(read_snapshot(config_, made_)->sessions, snapshot_.sessions);
  ASSERT_TRUE(next->finish().ok());
  EXPECT_EQ(read_snapshot(config_, made_)->sessions, std::vector<uint8_t>(100, 'a'));
}

TEST_F(SnapshotFiles, NothingIsLeftOfOneThatIsDropped) {
  Result<SnapshotFile> next = SnapshotFile::begin(config_, snapshot_);
  ASSERT_TRUE(next.ok());
  next->drop();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "the key";
}

TEST_F(SnapshotFiles, AKeyThatIsReplacedMeanwhileSpoilsNothing) {
  const std::string former(32, 'k');
  Result<SnapshotFile> file = SnapshotFile::begin(config_, snapshot_);
  ASSERT_TRUE(file.ok() && file->finish().ok());
  write_key(std::string(32, 'l'), 0600);
  std::vector<uint8_t> items(100, 'a');
  ASSERT_TRUE(file->append(items).ok());
  write_key(former, 0600);
  EXPECT_EQ(read_snapshot(config_, made_)->sessions.size(), 1100U);
}

TEST_F(SnapshotFiles, APieceThatWasNotFinishedIsLeftOutAndOneThatWasAlteredSpoilsTheFile) {
  snapshot_.sessions.resize(20);
  Result<SnapshotFile> file = SnapshotFile::begin(config_, snapshot_);
  ASSERT_TRUE(file.ok() && file->finish().ok());
  const std::string before = octets();
  std::vector<uint8_t> items(10, 'a');
  ASSERT_TRUE(file->append(items).ok());
  const std::string whole = octets();
  for (size_t at = before.size(); at < whole.size(); ++at) {
    std::ofstream(config_.file, std::ios::binary) << whole.substr(0, at);
    const Result<Snapshot> cut = read_snapshot(config_, made_);
    ASSERT_TRUE(cut.ok()) << at;
    EXPECT_EQ(cut->sessions, snapshot_.sessions) << at;
  }
  for (size_t at = before.size() + 4; at < whole.size(); ++at) {
    std::string other = whole;
    other[at] = static_cast<char>(other[at] ^ 1);
    std::ofstream(config_.file, std::ios::binary) << other;
    EXPECT_EQ(read(1).code(), absl::StatusCode::kInvalidArgument) << at;
  }
}

TEST_F(SnapshotFiles, APieceCannotComeTwiceNorInAnotherPlace) {
  Result<SnapshotFile> file = SnapshotFile::begin(config_, snapshot_);
  ASSERT_TRUE(file.ok() && file->finish().ok());
  const size_t before = octets().size();
  std::vector<uint8_t> items(10, 'a');
  ASSERT_TRUE(file->append(items).ok());
  const std::string whole = octets();
  std::ofstream(config_.file, std::ios::binary) << whole << whole.substr(before);
  EXPECT_EQ(read(1).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SnapshotFiles, AnotherKeyOpensNothing) {
  ASSERT_TRUE(write_snapshot(config_, snapshot_).ok());
  write_key(std::string(32, 'l'), 0600);
  EXPECT_EQ(read(1).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SnapshotFiles, AKeyThatOthersCanReadOrThatIsNoneIsRefused) {
  write_key(std::string(32, 'k'), 0644);
  EXPECT_THAT(std::string(check_snapshot_key(config_).message()), testing::HasSubstr("chmod"));
  write_key(std::string(31, 'k'), 0600);
  EXPECT_FALSE(check_snapshot_key(config_).ok());
  EXPECT_FALSE(write_snapshot(config_, snapshot_).ok());
}

TEST_F(SnapshotFiles, ThatThereIsNoneIsNoFault) { EXPECT_EQ(read(1).code(), absl::StatusCode::kNotFound); }

}  // namespace
}  // namespace lictor
