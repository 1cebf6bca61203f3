// Writing: bounds, secrets, checkpoints, files, and several threads.
#include "control/audit/audit_log.h"

#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "tests/unit/control/audit/support.h"

namespace lictor::control {
namespace {

using AuditLogTest = AuditTest;

TEST_F(AuditLogTest, WhatWasRecordedIsThereAfterAnotherStart) {
  AuditHead head;
  {
    const auto log = open_log();
    root_ = log->signer();
    head = log->record(act("a"))->head;
  }
  const auto log = open_log(head);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->head(), head);
  EXPECT_EQ(log->record(act("b"))->number, 2U);
  EXPECT_EQ(first_bad(true), 0U);
}

TEST_F(AuditLogTest, SecretsAreSealedAndOpenWithTheirKeyAlone) {
  const auto vault = make_vault();
  const Vault::NewKey made = *vault->make_key("warrant-1");
  const auto log = open_log();
  root_ = log->signer();
  AuditEvent event = act("warrant-1");
  event.secret = {{"liid", "LIID-PLANTED"}, {"target", "ipv4:192.0.2.77"}};
  EXPECT_EQ(log->record(event).status().code(), absl::StatusCode::kInvalidArgument) << "no key";
  event.key = made.key;
  ASSERT_TRUE(log->record(event).ok());
  ASSERT_TRUE(log->checkpoint(kAuditNow).ok());
  const std::string octets = read_file(log_file());
  EXPECT_EQ(octets.find("PLANTED"), std::string::npos);
  EXPECT_EQ(octets.find("192.0.2.77"), std::string::npos);
  AuditEntry entry;
  ASSERT_TRUE(verify_audit(file("log"), {.key = root_}, [&](const AuditEntry& each, const ChainState&) {
                if (each.number == 1) entry = each;
              }).ok());
  ASSERT_EQ(entry.sealed.size(), 2U);
  const std::string row = audit_row(log->id(), 1);
  EXPECT_EQ(*made.key->open({"audit", "liid", row}, as_bytes(entry.sealed[0].value)), "LIID-PLANTED");
  EXPECT_FALSE(made.key->open({"audit", "target", row}, as_bytes(entry.sealed[0].value)).ok());
  EXPECT_FALSE(made.key->open({"audit", "liid", audit_row(log->id(), 2)}, as_bytes(entry.sealed[0].value)).ok());
}

TEST_F(AuditLogTest, ABoundThatIsExceededWritesNothing) {
  const auto log = open_log();
  AuditEvent event = act("a");
  event.actor = std::string(AuditEntry::kTextBytesMax + 1, 'x');
  EXPECT_EQ(log->record(event).status().code(), absl::StatusCode::kInvalidArgument);
  event = act("a");
  event.kind = AuditKind::kCheckpoint;
  EXPECT_FALSE(log->record(event).ok());
  EXPECT_EQ(log->head().number, 0U);
  EXPECT_EQ(log->record(act("a"))->number, 1U);
}

TEST_F(AuditLogTest, CheckpointsComeByCountByTimeAndAtTheEnd) {
  const auto log = open_log();
  root_ = log->signer();
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(log->record(read_of("a")).ok());
  EXPECT_EQ(verify().checkpoint, 0U);
  const AuditLog::Appended sixteenth = *log->record(read_of("a"));
  EXPECT_EQ(sixteenth.number, 16U);
  EXPECT_EQ(sixteenth.head.number, 17U);
  EXPECT_EQ(verify().checkpoint, 17U);
  ASSERT_TRUE(log->record(read_of("a")).ok());
  ASSERT_TRUE(log->tick(kAuditNow + 59'999'999'999).ok());
  EXPECT_EQ(verify().checkpoint, 17U);
  ASSERT_TRUE(log->tick(kAuditNow + 60'000'000'000).ok());
  EXPECT_EQ(verify().checkpoint, 19U);
  ASSERT_TRUE(log->tick(kAuditNow + 600'000'000'000).ok());
  EXPECT_EQ(log->head().number, 19U) << "nothing was left to sign";
  ASSERT_TRUE(log->record(read_of("a")).ok());
  ASSERT_TRUE(log->tick(kAuditNow - 1).ok());
  EXPECT_EQ(verify().checkpoint, 21U) << "the clock was set back";
  ASSERT_TRUE(log->record(read_of("a")).ok());
  ASSERT_TRUE(log->checkpoint(kAuditNow).ok());
  EXPECT_EQ(verify().checkpoint, 23U);
  EXPECT_EQ(first_bad(true), 0U);
}

TEST_F(AuditLogTest, UnsignedEntriesOfAFormerProcessAreSignedInTime) {
  make_log(5);
  const auto log = open_log();
  ASSERT_TRUE(log->tick(kAuditNow + 60'000'000'000).ok());
  EXPECT_EQ(verify().checkpoint, 6U);
}

TEST_F(AuditLogTest, FilesEndBySizeAndHangTogether) {
  AuditLogOptions small = options();
  small.file_bytes_max = 4096;
  {
    const auto log = *AuditLog::open(small, kAuditNow);
    root_ = log->signer();
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(log->record(read_of("object")).ok());
    head_ = log->head();
  }
  const std::vector<uint32_t> files = *list_audit_files(file("log"));
  ASSERT_GT(files.size(), 3U);
  EXPECT_EQ(first_bad(true, head_), 0U);
  small.store_head = {};
  ASSERT_TRUE(AuditLog::open(small, kAuditNow).ok());
  const uint64_t third_begins = parse_file_head(as_bytes(read_file(log_file(3))))->state.head.number;
  // A file from the middle, the end, and the beginning.
  std::filesystem::rename(log_file(2), file("away"));
  EXPECT_EQ(verify_audit(file("log"), {.key = root_}).status().code(), absl::StatusCode::kDataLoss);
  std::filesystem::rename(file("away"), log_file(2));
  const std::string second = read_file(log_file(2));
  write_file(log_file(2), joined([&] {
               std::vector<std::string> pieces = pieces_of(second);
               pieces.pop_back();
               return pieces;
             }()));
  EXPECT_EQ(first_bad(), third_begins);
  write_file(log_file(2), second);
  std::filesystem::remove(log_file(1));
  EXPECT_EQ(first_bad(), 1U);
}

TEST_F(AuditLogTest, OptionsBeyondTheirBoundsAreRefused) {
  AuditLogOptions wrong = options();
  wrong.file_bytes_max = kFileBytesBound + 1;
  EXPECT_EQ(AuditLog::open(wrong, kAuditNow).status().code(), absl::StatusCode::kInvalidArgument);
  wrong.file_bytes_max = 0;
  EXPECT_EQ(AuditLog::open(wrong, kAuditNow).status().code(), absl::StatusCode::kInvalidArgument);
  wrong = options();
  wrong.checkpoint_entries = 0;
  EXPECT_EQ(AuditLog::open(wrong, kAuditNow).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(file("keys")));
}

TEST_F(AuditLogTest, ThreadsShareOneChain) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  const auto log = open_log();
  root_ = log->signer();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&log] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(log->record(read_of("a")).ok());
    });
  for (std::thread& thread : threads) thread.join();
  int reads = 0;
  const Result<AuditVerdict> verdict =
      verify_audit(file("log"), {.key = root_}, [&](const AuditEntry& each, const ChainState&) {
        if (each.kind == AuditKind::kRead) ++reads;
      });
  ASSERT_TRUE(verdict.ok());
  EXPECT_FALSE(verdict->problem);
  EXPECT_EQ(reads, kThreads * kEach);
  EXPECT_EQ(verdict->head, log->head());
}

TEST_F(AuditLogTest, AFullDiskRefusesAndLeavesNothingHalf) {
  const auto log = open_log();
  root_ = log->signer();
  ASSERT_TRUE(log->record(read_of("a")).ok());
  const size_t size = read_file(log_file()).size();
  // A limit on the size of files that is met in the middle of the next entry.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{.rlim_cur = size + 20, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const Status status = log->record(read_of("b")).status();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(read_file(log_file()).size(), size);
  EXPECT_EQ(log->record(read_of("c"))->number, 2U);
  EXPECT_EQ(first_bad(true), 0U);
}

TEST_F(AuditLogTest, OneProcessHasALog) {
  const auto log = open_log();
  EXPECT_EQ(open_status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AuditLogTest, RightsAreChecked) {
  make_log(1);
  ASSERT_EQ(::chmod(file("keys").c_str(), 0640), 0);
  EXPECT_EQ(open_status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(::chmod(file("keys").c_str(), 0600), 0);
  ASSERT_EQ(::chmod(file("log").c_str(), 0750), 0);
  EXPECT_EQ(open_status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace lictor::control
