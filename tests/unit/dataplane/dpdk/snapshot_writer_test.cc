// The file of sessions while the process runs: turns and clocks are the test's.
#include "dataplane/snapshot_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dataplane/session/session_snapshot.h"
#include "tests/unit/dataplane/session/desk_fixture.h"

namespace lictor {
namespace {

class SnapshotWriters : public DeskFixture {
 protected:
  SnapshotWriters() : folder_(std::filesystem::temp_directory_path() / ("lictor-writer-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    config_ = {.file = folder_ / "sessions", .key = folder_ / "key", .age_max_s = 300, .interval_s = 60};
    std::ofstream(config_.key, std::ios::binary) << std::string(32, 'k');
    chmod(config_.key.c_str(), 0600);
    writer_ = std::make_unique<SnapshotWriter>(config_, SnapshotKeys::random());
    keeper_ = *writer_->add(*book_);
    desk_ = std::make_unique<SessionDesk>(
        SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}, .keeper = keeper_}, *book_);
  }
  ~SnapshotWriters() override { std::filesystem::remove_all(folder_); }

  void pass(int64_t seconds) {
    now_.unix_ns += seconds * kNanosecondsPerSecond;
    socket_.ns += seconds * kNanosecondsPerSecond;
    turn();
  }
  // Both threads, until neither has anything to do.
  void turn() {
    for (int i = 0; i < 4; ++i) {
      writer_->turn(now_, socket_);
      while (keeper_->turn(*desk_)) {
      }
    }
  }
  // What a process that begins now would have; nothing where there is no file.
  std::optional<uint64_t> restored() {
    const Result<Snapshot> snapshot = read_snapshot(config_, now_);
    if (!snapshot.ok()) return std::nullopt;
    std::unique_ptr<SessionBook> book = *SessionBook::make({.sessions_max = 64, .cells_bytes_max = 65'536});
    SessionDesk desk({.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}}, *book);
    return restore_snapshot(snapshot->sessions,
                            [&](uint16_t /*set*/) {
                              return SnapshotOwner{book.get(), &desk};
                            })
        ->sessions;
  }

  const std::filesystem::path folder_;
  SnapshotConfig config_;
  std::unique_ptr<SnapshotWriter> writer_;
  SessionKeeper* keeper_ = nullptr;
  LegalTime now_{1'790'000'000 * kNanosecondsPerSecond};
  SocketTime socket_{1};
};

TEST_F(SnapshotWriters, TheFirstIsWrittenAtOnceAndTheNextBehindTheInterval) {
  accept("one", "alice", 5, {a_});
  turn();
  EXPECT_EQ(restored(), 1U);
  accept("two", "bob", 6, {b_});
  pass(59);
  EXPECT_EQ(writer_->counters().written.get(), 1U);
  EXPECT_EQ(restored(), 2U);
  pass(1);
  EXPECT_EQ(writer_->counters().written.get(), 2U);
  EXPECT_EQ(restored(), 2U);
}

TEST_F(SnapshotWriters, BetweenTwoFilesEndsAndTargetsAreAddedAtOnce) {
  watch({task(1, {"alice"})});
  accept("two", "bob", 5, {b_});
  turn();
  EXPECT_EQ(restored(), 1U);
  accept("one", "alice", 6, {a_});
  turn();
  EXPECT_EQ(restored(), 2U);
  accept("three", "carol", 7, {b_});
  turn();
  EXPECT_EQ(restored(), 2U) << "carol has bob's address";
  EXPECT_EQ(writer_->counters().written.get(), 1U);
}

TEST_F(SnapshotWriters, WhatHappensWhileAllAreToldIsInTheNewFile) {
  accept("one", "alice", 5, {a_});
  writer_->turn(now_, socket_);
  while (keeper_->turn(*desk_)) {
  }
  end("one", 6);
  turn();
  EXPECT_EQ(restored(), 0U);
}

TEST_F(SnapshotWriters, WhereNewsAreLostThereIsRatherNoFile) {
  accept("one", "alice", 5, {a_});
  turn();
  accept("two", "bob", 6, {b_});
  for (int i = 0; keeper_->lost() == 0; ++i) {  // to and fro, and nobody takes it out of the ring
    accept("three " + std::to_string(i), "carol", 7 + i, {b_});
  }
  turn();
  EXPECT_EQ(restored(), std::nullopt);
  EXPECT_GT(writer_->counters().lost.get(), 0U);
  pass(60);
  EXPECT_NE(restored(), std::nullopt);
}

TEST_F(SnapshotWriters, WhereItCannotBeAddedToItIsRemoved) {
  accept("one", "alice", 5, {a_});
  turn();
  std::filesystem::remove(config_.key);
  end("one", 6);
  turn();
  EXPECT_FALSE(std::filesystem::exists(config_.file));
  EXPECT_EQ(writer_->counters().failed.get(), 1U);
}

}  // namespace
}  // namespace lictor
