// The file of sessions while the process runs: turns and clocks are the test's.
#include "dataplane/snapshot_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "dataplane/session/session_snapshot.h"
#include "tests/unit/dataplane/session/desk_fixture.h"

namespace lictor {
namespace {

// While it lives no file of this process grows beyond `bytes`.
class FullDisk {
 public:
  explicit FullDisk(uint64_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int);
};

class SnapshotWriters : public DeskFixture {
 protected:
  SnapshotWriters() : folder_(std::filesystem::temp_directory_path() / ("lictor-writer-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    config_ = {.file = folder_ / "sessions", .key = folder_ / "key", .age_max_s = 300, .interval_s = 60};
    std::ofstream(config_.key, std::ios::binary) << std::string(32, 'k');
    chmod(config_.key.c_str(), 0600);
    keep();
  }
  ~SnapshotWriters() override { std::filesystem::remove_all(folder_); }

  // What keeps the book from now on.
  void keep(uint64_t added_bytes_max = SnapshotWriter::kAddedBytesMax) {
    writer_ = std::make_unique<SnapshotWriter>(config_, SnapshotKeys::random(), added_bytes_max);
    keeper_ = *writer_->add(*book_);
    desk_ = std::make_unique<SessionDesk>(
        SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}, .keeper = keeper_}, *book_);
  }
  void lose_news() {
    for (int i = 0; keeper_->lost() == 0; ++i) {  // to and fro, and nobody takes it out of the ring
      accept("three " + std::to_string(i), "carol", 7 + i, {b_});
    }
  }
  void pass(int64_t seconds) {
    now_.unix_ns += seconds * kNanosecondsPerSecond;
    socket_.ns += seconds * kNanosecondsPerSecond;
    turn();
  }
  // Both threads, until neither has anything to do.
  void turn() {
    for (int i = 0; i < 4; ++i) {
      writer_->turn(now_, socket_);
      for (int share = 0; share < 16 && keeper_->turn(*desk_); ++share) {  // a full ring waits for the writer
      }
    }
  }
  // What a process that begins now would have; nothing where there is no file.
  std::optional<uint64_t> restored(uint32_t sessions_max = 64) {
    const Result<Snapshot> snapshot = read_snapshot(config_, now_);
    if (!snapshot.ok()) return std::nullopt;
    std::unique_ptr<SessionBook> book = *SessionBook::make({.sessions_max = sessions_max, .cells_bytes_max = 65'536});
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
  pass(59);
  EXPECT_EQ(writer_->counters().written.get(), 1U);
  pass(1);
  EXPECT_EQ(writer_->counters().written.get(), 2U);
  EXPECT_EQ(restored(), 1U);
}

TEST_F(SnapshotWriters, BetweenTwoFilesEndsAndWhatIsGivenAreAddedAtOnce) {
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
  end("three", 8);
  turn();
  EXPECT_EQ(restored(), 1U);
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
  lose_news();
  turn();
  EXPECT_EQ(restored(), std::nullopt);
  EXPECT_GT(writer_->counters().lost.get(), 0U);
  pass(4);
  EXPECT_EQ(restored(), std::nullopt) << "no disk writes files all the time";
  pass(1);
  EXPECT_EQ(restored(), 2U) << "and nobody waits for the interval to pass";
}

TEST_F(SnapshotWriters, WhereNewsAreLostLongBehindTheLastFileTheNextIsMadeAtOnce) {
  turn();
  accept("one", "alice", 5, {a_});
  lose_news();
  pass(30);
  EXPECT_EQ(writer_->counters().written.get(), 2U);
  EXPECT_EQ(restored(), 2U);
}

TEST_F(SnapshotWriters, WhileTheNextOneIsWrittenTheFormerOneIsStillAddedTo) {
  book_ = *SessionBook::make({.sessions_max = 1024, .cells_bytes_max = 1 << 20});
  keep();
  for (int i = 0; i < 200; ++i) accept(std::to_string(i), "user " + std::to_string(i), 5, {});
  turn();
  ASSERT_EQ(writer_->counters().written.get(), 1U);
  now_.unix_ns += 60 * kNanosecondsPerSecond;
  socket_.ns += 60 * kNanosecondsPerSecond;
  writer_->turn(now_, socket_);
  keeper_->turn(*desk_);  // a share of all
  end("199", 6);
  keeper_->turn(*desk_);
  writer_->turn(now_, socket_);
  EXPECT_EQ(writer_->counters().written.get(), 1U);
  EXPECT_GT(std::filesystem::file_size(config_.file + ".tmp"), 64U * 50) << "what was told is there already";
  EXPECT_EQ(restored(64 * 16), 199U);
  turn();
  EXPECT_EQ(writer_->counters().written.get(), 2U);
  EXPECT_EQ(restored(64 * 16), 199U);
}

TEST_F(SnapshotWriters, AFormerProcesssFileStaysUntilTheFirstOneIsWhole) {
  accept("one", "alice", 5, {a_});
  turn();
  keep();  // a new process, which has what the former one had
  accept("two", "bob", 6, {b_});
  keeper_->turn(*desk_);
  writer_->turn(now_, socket_);  // the first file is asked for, and nothing of it told
  EXPECT_EQ(restored(), 1U) << "it is true, although it does not say all";
  turn();
  EXPECT_EQ(restored(), 2U);
}

TEST_F(SnapshotWriters, AFormerProcesssFileIsGoneAsSoonAsItIsNotTrueAnyMore) {
  accept("one", "alice", 5, {a_});
  turn();
  keep();
  end("one", 7);
  keeper_->turn(*desk_);
  writer_->turn(now_, socket_);
  EXPECT_FALSE(std::filesystem::exists(config_.file));
}

TEST_F(SnapshotWriters, AFileThatGrowsWithoutBoundIsFollowedByANewOne) {
  keep(200);
  accept("one", "alice", 5, {a_});
  turn();
  for (int i = 0; i < 10; ++i) change("one", "user " + std::to_string(i), AccessEvent::kUpdate, 6 + i, {a_});
  turn();
  EXPECT_EQ(writer_->counters().written.get(), 1U);
  pass(5);
  EXPECT_EQ(writer_->counters().written.get(), 2U);
  pass(5);
  EXPECT_EQ(writer_->counters().written.get(), 2U) << "nothing was added since";
}

TEST_F(SnapshotWriters, WhereItCannotBeAddedToItIsRemoved) {
  accept("one", "alice", 5, {a_});
  turn();
  const FullDisk full(std::filesystem::file_size(config_.file));
  end("one", 6);
  turn();
  EXPECT_FALSE(std::filesystem::exists(config_.file));
  EXPECT_EQ(writer_->counters().failed.get(), 1U);
}

}  // namespace
}  // namespace lictor
