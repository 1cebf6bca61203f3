// Starts: after a crash at every octet, and after somebody put an older or altered log, key file or store in place.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/control/audit/support.h"

namespace lictor::control {
namespace {

class AuditRecoveryTest : public AuditTest {
 protected:
  void put_away(const std::string& name) const {
    std::filesystem::remove_all(file(name));
    std::filesystem::create_directory(file(name));
    std::filesystem::copy(file("log"), file(name + "/log"));
    std::filesystem::copy_file(file("keys"), file(name + "/keys"));
  }
  void put_back(const std::string& name, bool log, bool keys) const {
    if (log) {
      std::filesystem::remove_all(file("log"));
      std::filesystem::copy(file(name + "/log"), file("log"));
      ASSERT_EQ(::chmod(file("log").c_str(), 0700), 0);
    }
    if (keys) {
      std::filesystem::remove(file("keys"));
      std::filesystem::copy_file(file(name + "/keys"), file("keys"));
    }
  }
  [[nodiscard]] std::vector<AuditEntry> entries() const {
    std::vector<AuditEntry> all;
    EXPECT_TRUE(verify_audit(file("log"), {.key = root_}, [&](const AuditEntry& entry, const ChainState&) {
                  all.push_back(entry);
                }).ok());
    return all;
  }
  // DataLoss that names this entry.
  void expect_lost(uint64_t entry, const AuditHead& store_head = {}) const {
    const Status status = open_status(store_head);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_NE(status.message().find("entry " + std::to_string(entry) + ":"), std::string::npos) << status;
  }
};

TEST_F(AuditRecoveryTest, ACrashAtEveryOctetOfAnEntryIsSaidAndNothingElseIsLost) {
  size_t synced_bytes = 0;
  {
    const auto log = open_log();
    root_ = log->signer();
    ASSERT_TRUE(log->record(read_of("synced")).ok());
    synced_bytes = read_file(log_file()).size();
    ASSERT_TRUE(log->append(read_of("not yet")).ok());
    put_away("crash");
  }
  const std::string octets = read_file(file("crash/log/" + audit_file_name(1)));
  for (size_t length = synced_bytes; length <= octets.size(); ++length) {
    put_back("crash", true, true);
    write_file(log_file(), octets.substr(0, length));
    ASSERT_NE(open_log(), nullptr) << length;
    const std::vector<AuditEntry> all = entries();
    const bool whole = length == octets.size();
    const bool torn = length > synced_bytes && !whole;
    ASSERT_EQ(all.size(), whole || torn ? 2U : 1U) << length;
    if (torn) {
      EXPECT_EQ(all[1].kind, AuditKind::kTorn);
      EXPECT_EQ(all[1].outcome, std::to_string(length - synced_bytes) + " octets were cut off");
    }
    ASSERT_EQ(first_bad(true), 0U);
  }
}

TEST_F(AuditRecoveryTest, ZerosOfALostPowerAreTorn) {
  make_log(3);
  write_file(log_file(), read_file(log_file()) + std::string(4096, '\0'));
  ASSERT_NE(open_log(), nullptr);
  EXPECT_EQ(entries().back().kind, AuditKind::kTorn);
  EXPECT_EQ(first_bad(true), 0U);
}

TEST_F(AuditRecoveryTest, ACrashWithinTheFirstFilesHeadBeginsAgain) {
  { root_ = open_log()->signer(); }
  const std::string head = read_file(log_file());
  for (size_t length = 0; length < head.size(); ++length) {
    write_file(log_file(), head.substr(0, length));
    const auto log = open_log();
    ASSERT_NE(log, nullptr) << length;
    ASSERT_EQ(log->signer(), root_);
    ASSERT_EQ(read_file(log_file()), head);
  }
  std::filesystem::remove(log_file());
  ASSERT_NE(open_log(), nullptr);
  EXPECT_EQ(read_file(log_file()), head);
}

// Their sizes were written, and nothing else: by a file system, when the power was cut.
TEST_F(AuditRecoveryTest, FilesOfZerosAreFilesThatWereNeverWritten) {
  write_file(file("keys"), std::string(1024, '\0'));
  ASSERT_EQ(::chmod(file("keys").c_str(), 0600), 0);
  { root_ = open_log()->signer(); }
  const std::string head = read_file(log_file());
  write_file(log_file(), std::string(head.size(), '\0'));
  ASSERT_NE(open_log(), nullptr);
  EXPECT_EQ(read_file(log_file()), head);
  make_log(5);
  write_file(log_file(2), std::string(kFileHeadBytes, '\0'));
  ASSERT_NE(open_log(), nullptr);
  EXPECT_EQ(first_bad(true), 0U);
  // Where a log is, keys of zeros are keys that are gone.
  write_file(file("keys"), std::string(1024, '\0'));
  EXPECT_EQ(open_status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(AuditRecoveryTest, ACrashWithinALaterFilesHeadIsMended) {
  make_log(5);
  const std::string head = to_octets(FileHead{.file = 2, .state = [&] {
                                                auto key_file = AuditKeyFile::open(file("keys"));
                                                return (*(*key_file)->read())->state;
                                              }()});
  for (const size_t length : {size_t{0}, size_t{1}, head.size() - 1, head.size()}) {
    write_file(log_file(2), head.substr(0, length));
    ASSERT_NE(open_log(), nullptr) << length;
    ASSERT_EQ(read_file(log_file(2)), head);
    ASSERT_EQ(first_bad(true), 0U);
  }
}

TEST_F(AuditRecoveryTest, KeysThatAreOneSyncBehindAreCaughtUpAlsoOverACheckpoint) {
  {
    const auto log = open_log();
    root_ = log->signer();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->record(read_of("a")).ok());
    put_away("old");
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(log->append(read_of("b")).ok());
    ASSERT_TRUE(log->sync(log->head().number).ok());
    head_ = log->head();
  }
  put_back("old", false, true);
  const auto log = open_log();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->head(), head_);
  ASSERT_TRUE(log->record(read_of("c")).ok());
  ASSERT_TRUE(log->checkpoint(kAuditNow).ok());
  EXPECT_EQ(first_bad(true), 0U);
}

TEST_F(AuditRecoveryTest, ATornKeyWriteLeavesTheKeyBefore) {
  make_log(3);
  std::string keys = read_file(file("keys"));
  ASSERT_EQ(keys.size(), 1024U);
  // The slot that is not in use is being written to.
  const size_t unused = keys.compare(0, 4, "LCTK") == 0 ? 512 : 0;
  for (size_t i = 0; i < 100; ++i) keys[unused + i] = 'x';
  write_file(file("keys"), keys);
  EXPECT_NE(open_log(), nullptr);
}

TEST_F(AuditRecoveryTest, EveryEntryThatWasSyncedAndIsGoneIsNamed) {
  make_log(40);
  const std::vector<std::string> pieces = pieces_of(read_file(log_file()));
  for (uint64_t number = 1; number <= 40; ++number) {
    write_file(log_file(), joined({pieces.begin(), pieces.begin() + static_cast<ptrdiff_t>(number)}));
    expect_lost(number);
    // Inside of it, too: what was synced cannot be torn.
    write_file(log_file(), joined({pieces.begin(), pieces.begin() + static_cast<ptrdiff_t>(number)}) +
                               pieces[number].substr(0, 20));
    expect_lost(number);
  }
}

TEST_F(AuditRecoveryTest, AnAlteredEntryStopsTheStartAndIsNamed) {
  make_log(40);
  const std::vector<std::string> pieces = pieces_of(read_file(log_file()));
  for (uint64_t number = 1; number <= 40; ++number) {
    std::vector<std::string> altered = pieces;
    altered[number][40] = static_cast<char>(altered[number][40] ^ 1);
    write_file(log_file(), joined(altered));
    expect_lost(number);
  }
}

TEST_F(AuditRecoveryTest, AnOlderLogIsFound) {
  make_log(10);
  put_away("yesterday");
  {
    const auto log = open_log();
    ASSERT_TRUE(log->record(read_of("today")).ok());
  }
  put_back("yesterday", true, false);
  expect_lost(11);
}

TEST_F(AuditRecoveryTest, AnOlderLogWithItsKeysIsFoundByTheStore) {
  AuditHead today;
  {
    const auto log = open_log();
    ASSERT_TRUE(log->record(act("yesterday")).ok());
    put_away("yesterday");
    today = log->record(act("today"))->head;
  }
  put_back("yesterday", true, true);
  expect_lost(2, today);
}

TEST_F(AuditRecoveryTest, AnOlderStoreIsFoundByTheLog) {
  AuditHead yesterday;
  AuditHead today;
  {
    const auto log = open_log();
    root_ = log->signer();
    yesterday = log->record(act("yesterday"))->head;
    ASSERT_TRUE(log->record(act("revoked today")).ok());
    today = log->record(act("daemon stops"))->head;
  }
  EXPECT_TRUE(open_status(today).ok());
  expect_lost(2, yesterday);
  expect_lost(1, AuditHead{});  // a new database
}

TEST_F(AuditRecoveryTest, AStoreOfAnotherLogIsFound) {
  {
    const auto log = open_log();
    head_ = log->record(act("a"))->head;
  }
  head_.hash[0] ^= 1;
  expect_lost(1, head_);
}

TEST_F(AuditRecoveryTest, OneActWhoseCommitACrashPreventedIsTakenBack) {
  AuditHead committed;
  {
    const auto log = open_log();
    root_ = log->signer();
    committed = log->record(act("committed"))->head;
    ASSERT_TRUE(log->record(act("in flight")).ok());
    ASSERT_TRUE(log->record(read_of("a")).ok());
  }
  ASSERT_NE(open_log(committed), nullptr);
  const AuditEntry last = entries().back();
  EXPECT_EQ(last.action, kNotCommitted);
  EXPECT_EQ(last.object, "2");
  EXPECT_NE(open_log(committed), nullptr) << "it was taken back";
  EXPECT_EQ(entries().size(), 4U);
}

TEST_F(AuditRecoveryTest, AnActThatWasTakenBackIsNoneThatTheStoreLacks) {
  AuditHead committed;
  {
    const auto log = open_log();
    committed = log->record(act("committed"))->head;
    for (int i = 0; i < 3; ++i) {
      const uint64_t number = log->record(act("disk full"))->number;
      ASSERT_TRUE(log->take_back(number, "disk full", kAuditNow).ok());
    }
  }
  EXPECT_TRUE(open_status(committed).ok());
}

TEST_F(AuditRecoveryTest, AnOlderStoreIsTakenWhereSomebodyAnswersForIt) {
  AuditHead yesterday;
  {
    const auto log = open_log();
    root_ = log->signer();
    yesterday = log->record(act("yesterday"))->head;
    ASSERT_TRUE(log->record(act("today")).ok());
    ASSERT_TRUE(log->record(act("today")).ok());
  }
  AuditLogOptions accepting = options(yesterday);
  accepting.accept_store = "backup of yesterday";
  ASSERT_TRUE(AuditLog::open(accepting, kAuditNow).ok());
  const AuditEntry last = entries().back();
  EXPECT_EQ(last.action, "audit.store_accepted");
  EXPECT_EQ(last.outcome, "backup of yesterday");
  EXPECT_EQ(last.open[0].value, "1");
  expect_lost(2, yesterday);  // this once
  // The log itself has to hold all the same.
  const std::vector<std::string> pieces = pieces_of(read_file(log_file()));
  write_file(log_file(), joined({pieces.begin(), pieces.end() - 1}));
  EXPECT_EQ(AuditLog::open(accepting, kAuditNow).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(AuditRecoveryTest, LostKeysOrALostLogStopTheStart) {
  make_log(3);
  put_away("whole");
  std::filesystem::remove(file("keys"));
  EXPECT_EQ(open_status().code(), absl::StatusCode::kDataLoss);
  put_back("whole", true, true);
  std::filesystem::remove_all(file("log"));
  EXPECT_EQ(open_status().code(), absl::StatusCode::kDataLoss);
  std::filesystem::remove(file("keys"));
  EXPECT_EQ(open_status(head_).code(), absl::StatusCode::kDataLoss) << "the store remembers a log";
  // A new one may begin where nothing remembers the former, but not over that one's first key.
  EXPECT_EQ(open_status().code(), absl::StatusCode::kFailedPrecondition);
  std::filesystem::remove(file("initial"));
  EXPECT_TRUE(open_status().ok());
}

// Appends for ever, and writes to `pipe` what was acknowledged.
[[noreturn]] void record_for_ever(const AuditLogOptions& options, int pipe) {
  const auto log = AuditLog::open(options, kAuditNow);
  if (!log.ok()) ::_exit(1);
  for (;;) {
    const auto appended = (*log)->record(read_of("a"));
    if (!appended.ok() || ::write(pipe, &appended->number, sizeof appended->number) != sizeof appended->number)
      ::_exit(1);
  }
}

TEST_F(AuditRecoveryTest, WhatWasAcknowledgedSurvivesKillsInTheMiddleOfWork) {
  { root_ = open_log()->signer(); }
  for (int round = 0; round < 5; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) record_for_ever(options(), pipe[1]);
    ::close(pipe[1]);
    uint64_t acknowledged = 0;
    for (int i = 0; i < 50; ++i) ASSERT_EQ(::read(pipe[0], &acknowledged, sizeof acknowledged), 8);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    for (uint64_t number = 0; ::read(pipe[0], &number, sizeof number) == 8;) acknowledged = number;
    ::close(pipe[0]);
    const auto log = open_log();
    ASSERT_NE(log, nullptr);
    EXPECT_GE(log->head().number, acknowledged);
    EXPECT_EQ(first_bad(true), 0U);
  }
}

}  // namespace
}  // namespace lictor::control
