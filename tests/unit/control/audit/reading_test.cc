// A log read page by page: what is asked for, in order, to the end and not beyond it, and never what does not hold.
#include "control/audit/reading.h"

#include "tests/unit/control/audit/support.h"

namespace lictor::control {
namespace {

class AuditReadingTest : public AuditTest {
 protected:
  std::vector<AuditEntry> all(AuditQuery query, uint64_t last = 0) {
    std::vector<AuditEntry> entries;
    do {
      const Result<AuditPage> page = read_audit_page(file("log"), last, query);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->entries.size(), query.limit);
      entries.insert(entries.end(), page->entries.begin(), page->entries.end());
      query.after = page->next;
    } while (query.after != 0);
    return entries;
  }
};

TEST_F(AuditReadingTest, PagesOfAnySizeGiveEveryEntryOnce) {
  make_log(100);
  for (const size_t limit : {1U, 7U, 100U, 1000U}) {
    const std::vector<AuditEntry> entries = all({.limit = limit});
    ASSERT_EQ(entries.size(), 100U);
    for (size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].number, i + 1);
  }
}

TEST_F(AuditReadingTest, WhatIsBehindTheLastIsLeftAloneAlsoHalfWritten) {
  make_log(20);
  std::string octets = read_file(log_file());
  write_file(log_file(), octets.substr(0, octets.size() - 5));
  EXPECT_EQ(all({.limit = 100}, 19).size(), 19U);
  const Result<AuditPage> page = read_audit_page(file("log"), 0, {});
  EXPECT_TRUE(absl::IsDataLoss(page.status())) << page.status();
  EXPECT_NE(page.status().message().find("entry 20"), std::string::npos) << page.status();
}

TEST_F(AuditReadingTest, AnAlteredEntryIsNamedAndNotShown) {
  make_log(20);
  std::vector<std::string> pieces = pieces_of(read_file(log_file()));
  pieces[7][20] = static_cast<char>(pieces[7][20] ^ 1);
  write_file(log_file(), joined(pieces));
  const Result<AuditPage> page = read_audit_page(file("log"), 0, {});
  ASSERT_FALSE(page.ok());
  EXPECT_NE(page.status().message().find("entry 7"), std::string::npos) << page.status();
}

TEST_F(AuditReadingTest, EachFilterLeavesWhatItNames) {
  const auto log = open_log();
  for (const char* const object : {"a", "b", "c"}) {
    AuditEvent event = act(object);
    event.actor = object == std::string("b") ? "anna" : "berta";
    event.time_unix_ns = kAuditNow + object[0];
    ASSERT_TRUE(log->append(event).ok());
    event.kind = AuditKind::kRead;
    event.action = "agency.get";
    ASSERT_TRUE(log->append(event).ok());
  }
  EXPECT_EQ(all({.actor = "anna"}).size(), 2U);
  EXPECT_EQ(all({.action = "warrant."}).size(), 3U);
  EXPECT_EQ(all({.action = "agency.get", .object = "c"}).size(), 1U);
  EXPECT_EQ(all({.kind = AuditKind::kAct}).size(), 3U);
  EXPECT_EQ(all({.kind = AuditKind::kCheckpoint}).size(), 0U);
  EXPECT_EQ(all({.from_unix_ns = kAuditNow + 'b', .before_unix_ns = kAuditNow + 'c'}).size(), 2U);
  EXPECT_EQ(all({.after = 4}).size(), 2U);
  EXPECT_EQ(all({.after = 6}).size(), 0U);
}

TEST_F(AuditReadingTest, ALogOfSeveralFilesIsReadFromTheOneThatIsNeeded) {
  AuditLogOptions small = options();
  small.file_bytes_max = 2000;
  Result<std::unique_ptr<AuditLog>> log = AuditLog::open(small, kAuditNow);
  ASSERT_TRUE(log.ok());
  while ((*log)->head().number < 60) ASSERT_TRUE((*log)->append(read_of("object")).ok());
  const AuditLog::Extent extent = (*log)->extent();
  EXPECT_GT(extent.file, 3U);
  EXPECT_EQ(extent.head, (*log)->head());
  EXPECT_EQ(extent.bytes, read_file(log_file(extent.file)).size());
  EXPECT_EQ(all({.limit = 9}).size(), extent.head.number);
  write_file(log_file(1), "");  // not looked at
  const std::vector<AuditEntry> last = all({.after = extent.head.number - 2});
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last.back().number, extent.head.number);
}

}  // namespace
}  // namespace lictor::control
