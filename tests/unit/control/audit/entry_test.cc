// The one encoding of an entry.
#include "control/audit/entry.h"

#include "tests/unit/control/audit/support.h"

namespace lictor::control {
namespace {

AuditEntry full_entry() {
  const SharedDataKey key = *DataKey::make(*Secret::make_random());
  return {.number = 7,
          .kind = AuditKind::kAct,
          .time_unix_ns = -1,
          .actor = "uid:1000",
          .action = "warrant.create",
          .object = "11111111-1111-4111-8111-111111111111",
          .outcome = "ok",
          .open = {{"agency", "police"}, {"empty", ""}},
          .sealed = {{"liid", *key->seal({"audit", "liid", "7"}, "LIID-1")}}};
}

TEST(AuditEntry, ReadsBackAsItWasWritten) {
  const std::string octets = *to_octets(full_entry());
  const Result<AuditEntry> entry = parse_audit_entry(as_bytes(octets));
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->number, 7U);
  EXPECT_EQ(entry->time_unix_ns, -1);
  EXPECT_EQ(entry->actor, "uid:1000");
  EXPECT_EQ(entry->open.size(), 2U);
  EXPECT_EQ(entry->sealed[0].name, "liid");
  EXPECT_EQ(*to_octets(*entry), octets);
}

TEST(AuditEntry, EveryPrefixIsRefusedAndSoIsWhatHasMore) {
  for (const AuditKind kind : {AuditKind::kAct, AuditKind::kCheckpoint}) {
    AuditEntry entry = full_entry();
    entry.kind = kind;
    const std::string octets = *to_octets(entry);
    for (size_t length = 0; length < octets.size(); ++length)
      EXPECT_FALSE(parse_audit_entry(as_bytes(octets).first(length)).ok()) << length;
    EXPECT_FALSE(parse_audit_entry(as_bytes(octets + "x")).ok());
  }
}

TEST(AuditEntry, ASealedFieldIsSealed) {
  AuditEntry entry = full_entry();
  entry.sealed[0].value = "LIID-1";
  EXPECT_EQ(to_octets(entry).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AuditEntry, BoundsAreKept) {
  const std::string longest(AuditEntry::kTextBytesMax, 'x');
  AuditEntry entry = full_entry();
  entry.actor = longest;
  entry.open.assign(AuditEntry::kFieldsMax, {longest, longest});
  EXPECT_TRUE(to_octets(entry).ok());
  entry.open.push_back({"one", "more"});
  EXPECT_FALSE(to_octets(entry).ok());
  entry.open = {{"", "nameless"}};
  EXPECT_FALSE(to_octets(entry).ok());
  entry.open = {{"name", longest + "x"}};
  EXPECT_FALSE(to_octets(entry).ok());
  entry.open.clear();
  entry.outcome = longest + "x";
  EXPECT_FALSE(to_octets(entry).ok());
}

TEST(AuditEntry, AnUnknownKindIsRefused) {
  std::string octets = *to_octets(full_entry());
  for (const char kind : {'\0', '\7', '\xff'}) {
    octets[8] = kind;
    EXPECT_FALSE(parse_audit_entry(as_bytes(octets)).ok());
  }
}

}  // namespace
}  // namespace lictor::control
