// A log followed while it grows: each entry once and in order, over its files, and nothing that does not hold.
#include "control/audit/following.h"

#include "tests/unit/control/audit/support.h"

namespace lictor::control {
namespace {

class AuditFollowingTest : public AuditTest {
 protected:
  AuditFollowingTest() {
    AuditLogOptions small = options();
    small.file_bytes_max = 2000;
    log_ = *AuditLog::open(small, kAuditNow);
  }
  void grow(int entries) {
    for (int i = 0; i < entries; ++i) ASSERT_TRUE(log_->append(read_of("object")).ok());
  }
  // Numbers of what is visited, up to the end of the log.
  std::vector<uint64_t> visit(AuditFollower& follower, size_t max = SIZE_MAX) {
    std::vector<uint64_t> numbers;
    const Result<size_t> count =
        follower.next(log_->head().number, max, [&](const AuditEntry& entry, const ChainState& behind) {
          EXPECT_EQ(entry.number, behind.head.number);
          numbers.push_back(entry.number);
        });
    EXPECT_TRUE(count.ok()) << count.status();
    EXPECT_EQ(count.ok() ? *count : 0, numbers.size());
    return numbers;
  }

  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditFollowingTest, EveryEntryIsVisitedOnceAlsoOverFiles) {
  grow(10);
  AuditFollower follower = *AuditFollower::open(file("log"), 0);
  uint64_t expected = 0;
  for (int round = 0; round < 20; ++round) {
    for (const size_t max : {size_t{3}, SIZE_MAX})
      for (const uint64_t number : visit(follower, max)) EXPECT_EQ(number, ++expected);
    EXPECT_TRUE(visit(follower).empty());
    grow(7);
  }
  EXPECT_GT(log_->extent().file, 3U);
}

TEST_F(AuditFollowingTest, ItBeginsBehindAnyEntry) {
  grow(60);
  for (uint64_t after = 0; after <= log_->head().number; ++after) {
    Result<AuditFollower> follower = AuditFollower::open(file("log"), after);
    ASSERT_TRUE(follower.ok()) << follower.status();
    EXPECT_EQ(follower->number(), after);
    EXPECT_EQ(visit(*follower).size(), log_->head().number - after);
    EXPECT_EQ(follower->log_id(), log_->id());
  }
}

TEST_F(AuditFollowingTest, WhatDoesNotHoldIsNamedAndNotVisited) {
  grow(12);
  AuditFollower follower = *AuditFollower::open(file("log"), 4);
  std::vector<std::string> pieces = pieces_of(read_file(log_file()));
  ASSERT_GT(pieces.size(), 7U);
  pieces[7][20] = static_cast<char>(pieces[7][20] ^ 1);
  write_file(log_file(), joined(pieces));
  std::vector<uint64_t> numbers;
  const Result<size_t> count =
      follower.next(12, SIZE_MAX, [&](const AuditEntry& entry, const ChainState&) { numbers.push_back(entry.number); });
  ASSERT_FALSE(count.ok());
  EXPECT_NE(count.status().message().find("entry 7"), std::string::npos) << count.status();
  EXPECT_EQ(numbers, (std::vector<uint64_t>{5, 6}));
  EXPECT_FALSE(AuditFollower::open(file("log"), 9).ok());
}

}  // namespace
}  // namespace lictor::control
