// What offline verification finds in a log of 200 entries that somebody was at, and which entry it names.
#include "control/audit/verify.h"

#include "control/audit/recovery.h"
#include "tests/unit/control/audit/first_version.h"
#include "tests/unit/control/audit/support.h"

namespace lictor::control {
namespace {

constexpr int kEntries = 200;

class AuditVerifyTest : public AuditTest {
 protected:
  void SetUp() override {
    make_log(kEntries);
    octets_ = read_file(log_file());
    pieces_ = pieces_of(octets_);
    ASSERT_EQ(pieces_.size(), kEntries + 1U);
  }
  void put(const std::vector<std::string>& pieces) { write_file(log_file(), joined(pieces)); }

  // What somebody makes of the log who has the keys that are behind entry `known`: entry `at` says something else, and
  // all behind it is made anew, so that every hash holds.
  std::string forged(uint64_t at, const AuditKeyFile::Content& stolen) {
    ChainState state = parse_file_head(as_bytes(pieces_[0]))->state;
    std::string out = pieces_[0];
    Result<ChainKeys> keys = stolen.keys.copy();
    for (uint64_t number = 1; number < pieces_.size(); ++number) {
      const std::string& piece = pieces_[number];
      if (number < at) {
        EXPECT_EQ(walk_record(as_bytes(piece), state, nullptr).verdict, Walked::Verdict::kEntry);
        out += piece;
        continue;
      }
      const Bytes body = as_bytes(piece).subspan(kRecordHeadBytes, piece.size() - kRecordHeadBytes - kRecordTailBytes);
      AuditEntry entry = *parse_audit_entry(body);
      if (number == at) entry.actor = "uid:9999";
      EXPECT_TRUE(append_record(entry, state, *keys, out).ok());
    }
    return out;
  }
  [[nodiscard]] AuditKeyFile::Content todays_keys() const {
    auto key_file = AuditKeyFile::open(file("keys"));
    return **(*key_file)->read();
  }

  std::string octets_;
  std::vector<std::string> pieces_;
};

TEST_F(AuditVerifyTest, AnUntouchedLogHolds) {
  const AuditVerdict verdict = verify(true, head_);
  EXPECT_FALSE(verdict.problem) << verdict.problem->what;
  EXPECT_EQ(verdict.head, head_);
  EXPECT_EQ(verdict.head.number, 200U);
  EXPECT_EQ(verdict.checkpoint, 187U) << "one behind each 16 others";
  EXPECT_EQ(verdict.last_unix_ns, kAuditNow);
}

TEST_F(AuditVerifyTest, EveryAlteredEntryIsNamed) {
  for (uint64_t number = 1; number <= kEntries; ++number) {
    const size_t size = pieces_[number].size();
    // In its length, number, kind, a text, its end, its MAC and its hash.
    for (const size_t at : {size_t{3}, size_t{11}, size_t{12}, size_t{30}, size - kRecordTailBytes - 1,
                            size - kRecordTailBytes, size - kDigestBytes - 1, size - kDigestBytes, size - 1}) {
      std::vector<std::string> pieces = pieces_;
      pieces[number][at] = static_cast<char>(pieces[number][at] ^ 1);
      put(pieces);
      ASSERT_EQ(first_bad(), number) << at;
    }
  }
}

TEST_F(AuditVerifyTest, EveryRemovedEntryIsNamed) {
  for (uint64_t number = 1; number < kEntries; ++number) {
    std::vector<std::string> pieces = pieces_;
    pieces.erase(pieces.begin() + static_cast<ptrdiff_t>(number));
    put(pieces);
    ASSERT_EQ(first_bad(), number);
  }
}

TEST_F(AuditVerifyTest, EverySwapAndRepetitionIsNamed) {
  for (uint64_t number = 1; number < kEntries; ++number) {
    std::vector<std::string> pieces = pieces_;
    std::swap(pieces[number], pieces[number + 1]);
    put(pieces);
    ASSERT_EQ(first_bad(), number);
    pieces = pieces_;
    pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(number), pieces[number]);
    put(pieces);
    ASSERT_EQ(first_bad(), number + 1);
  }
}

TEST_F(AuditVerifyTest, EveryCutIsNamedByWhatTheStoreRemembers) {
  for (uint64_t number = 1; number <= kEntries; ++number) {
    put({pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(number)});
    ASSERT_EQ(first_bad(false, head_), number);
  }
}

TEST_F(AuditVerifyTest, EveryCutInsideAnEntryIsNamedAsSuch) {
  const size_t start = octets_.size() - pieces_[199].size() - pieces_[200].size();
  for (size_t length = start + 1; length < octets_.size(); ++length) {
    if (length == start + pieces_[199].size()) continue;
    write_file(log_file(), octets_.substr(0, length));
    const AuditVerdict verdict = verify();
    ASSERT_TRUE(verdict.problem);
    EXPECT_TRUE(verdict.problem->torn);
    ASSERT_EQ(verdict.problem->entry, length < start + pieces_[199].size() ? 199U : 200U);
  }
}

TEST_F(AuditVerifyTest, ABadHeadOrAnotherKeyIsFound) {
  for (size_t at = 5; at < kFileHeadBytes; ++at) {
    std::string altered = octets_;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    write_file(log_file(), altered);
    ASSERT_EQ(first_bad(), 1U) << at;
  }
  write_file(log_file(), octets_);
  root_[0] ^= 1;
  EXPECT_EQ(first_bad(), 1U);
}

TEST_F(AuditVerifyTest, WithTodaysKeysAnOldEntryCannotBeRewrittenUnseen) {
  const AuditKeyFile::Content stolen = todays_keys();
  ASSERT_EQ(stolen.state.head, head_);
  // A checkpoint lies behind it: the public key alone shows that something behind the checkpoint before is not genuine.
  const uint64_t before_checkpoint = verify().checkpoint - 5;
  write_file(log_file(), forged(before_checkpoint, stolen));
  const AuditVerdict verdict = verify();
  ASSERT_TRUE(verdict.problem);
  EXPECT_LE(verdict.problem->entry, before_checkpoint);
  EXPECT_GT(verdict.problem->entry + 16, before_checkpoint);
  EXPECT_NE(verdict.problem->what.find("signature"), std::string::npos);
  // The first MAC key names it exactly, also where no checkpoint lies behind it.
  EXPECT_EQ(first_bad(true), before_checkpoint);
  write_file(log_file(), forged(kEntries - 5, stolen));
  EXPECT_EQ(first_bad(), 0U) << "not signed yet: only the MAC can show it";
  EXPECT_EQ(first_bad(true), kEntries - 5U);
  EXPECT_EQ(first_bad(false, head_), 200U);
}

TEST_F(AuditVerifyTest, KeysOfTodayDoNotLeadToThoseOfYesterday) {
  const AuditKeyFile::Content stolen = todays_keys();
  const std::string key_octets = read_file(file("keys"));
  Secret mac = *Secret::make();
  std::ranges::copy(as_bytes(from_hex(read_file(file("initial")))), mac.octets().begin());
  for (int number = 1; number <= kEntries; ++number) {
    EXPECT_EQ(key_octets.find(as_text(mac.octets())), std::string::npos) << "of entry " << number;
    evolve_mac(mac);
  }
  EXPECT_EQ(to_hex(mac.octets()), to_hex(stolen.keys.mac.octets()));
}

TEST_F(AuditVerifyTest, ThePublicKeyTravelsAsPem) {
  const std::string pem = *public_key_pem(root_);
  EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
  EXPECT_EQ(*parse_public_key_pem(pem), root_);
  for (const std::string& text : {std::string(), pem.substr(1), std::string("-----BEGIN PUBLIC KEY-----\n")})
    EXPECT_FALSE(parse_public_key_pem(text).ok());
}

// Written by the first version of this format. Logs out there are such octets: they must verify for ever.
TEST_F(AuditVerifyTest, ALogOfTheFirstVersionHolds) {
  write_file(log_file(), from_hex(kFirstLog));
  write_file(file("initial"), std::string(kFirstMacKey));
  root_ = *parse_public_key_pem(std::string(kFirstPublicKey));
  const AuditVerdict verdict = verify(true);
  EXPECT_FALSE(verdict.problem) << verdict.problem->what;
  EXPECT_EQ(verdict.head.number, 4U);
  EXPECT_EQ(verdict.checkpoint, 3U);
}

TEST_F(AuditVerifyTest, WhatIsNoLogIsAnError) {
  EXPECT_FALSE(verify_audit(file("absent"), {.key = root_}).ok());
  write_file(log_file(), "LCT");
  EXPECT_FALSE(verify_audit(file("log"), {.key = root_}).ok());
}

}  // namespace
}  // namespace lictor::control
