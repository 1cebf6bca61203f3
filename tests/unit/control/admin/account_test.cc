// What the administration's acts leave in the audit log, and what the store remembers of it.
#include "control/admin/account.h"

#include <filesystem>
#include <set>

#include "control/audit/verify.h"
#include "control/registry/hex.h"
#include "control/registry/history.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class AccountTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    administration_.reset();
    log_.reset();
    Result<std::unique_ptr<AuditLog>> log = AuditLog::open({.folder = directory_.file("audit"),
                                                            .key_path = directory_.file("audit-keys"),
                                                            .store_head = *Account::remembered_by(*store_)},
                                                           kNow.unix_ns);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    if (log_->head().number == 0) root_ = log_->signer();
    AdministrationOptions options;
    options.audit = log_.get();
    options.policy = policy_;
    options.payload_keys = payload_keys_.get();
    options.legal_clock = [] { return kNow; };
    administration_ = *Administration::open(*store_, options);
  }
  [[nodiscard]] std::vector<AuditEntry> entries() const {
    std::vector<AuditEntry> all;
    const Result<AuditVerdict> verdict =
        verify_audit(directory_.file("audit"), {.key = root_},
                     [&](const AuditEntry& entry, const ChainState&) { all.push_back(entry); });
    EXPECT_TRUE(verdict.ok() && !verdict->problem);
    return all;
  }

  const TempDir directory_;
  const std::unique_ptr<SqliteStore> store_ = open_store(directory_.file("store.db"));
  std::unique_ptr<AuditLog> log_;
  Policy policy_;
  std::unique_ptr<PayloadKeys> payload_keys_;  // null: none are made
  std::unique_ptr<Administration> administration_;
  PublicKey root_{};
};

TEST_F(AccountTest, AnActIsEnteredWithWhoDidItAndTheStoreRemembersTheHead) {
  ASSERT_TRUE(administration_->create_agency(make_agency(), {.name = "tls:clerk"}).ok());
  const Result<v1::WarrantReply> warrant = administration_->create_warrant(make_warrant(), {.name = "tls:clerk"});
  ASSERT_TRUE(warrant.ok()) << warrant.status();
  const std::vector<AuditEntry> all = entries();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].action, "agency.create");
  EXPECT_EQ(all[0].object, "police");
  EXPECT_EQ(all[0].actor, "tls:clerk");
  EXPECT_EQ(all[1].action, "warrant.create");
  EXPECT_EQ(all[1].object, warrant->warrant().id());
  EXPECT_EQ(all[1].kind, AuditKind::kAct);
  EXPECT_EQ(*Account::remembered_by(*store_), log_->head());
}

std::string field(const AuditEntry& entry, const std::string& name) {
  for (const AuditField& one : entry.open)
    if (one.name == name) return one.value;
  return "";
}

TEST_F(AccountTest, AnEntryHasTheHashesOfWhatItsActMade) {
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  v1::Warrant with_order = make_warrant();
  with_order.set_order_sha256(std::string(32, 'x'));
  v1::Warrant warrant = administration_->create_warrant(with_order)->warrant();
  warrant.mutable_targets(0)->set_selector("ipv4:192.0.2.8");
  administration_->modify_warrant(warrant, nullptr);
  const std::vector<AuditEntry> all = entries();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(field(all[0], "agency_sha256"), hex_of(digest_of(make_agency())));
  EXPECT_EQ(field(all[1], "order_sha256"), hex_of(std::string(32, 'x')));
  v1::GetWarrantHistoryRequest request;
  request.set_id(warrant.id());
  const v1::GetWarrantHistoryReply history = *administration_->get_warrant_history(request);
  ASSERT_EQ(history.versions_size(), 1);
  EXPECT_EQ(field(all[1], "warrant_sha256"), hex_of(history.versions(0).sha256()));
  EXPECT_EQ(field(all[2], "warrant_sha256"), hex_of(history.sha256()));
  EXPECT_NE(field(all[1], "warrant_sha256"), field(all[2], "warrant_sha256"));
}

TEST_F(AccountTest, WhoIsRefusedAgainAndAgainDoesNotFillTheLog) {
  Account& account = administration_->account();
  const Deed deed{.action = "warrant.create", .object = {}, .caller = {.name = "lea (agency)"}};
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(account.before_answer(deed, absl::PermissionDeniedError("no"), Accounted::kWithCommit).ok());
  EXPECT_EQ(entries().size(), Account::kRefusalsAlone);
  ASSERT_TRUE(account.sign().ok());
  const std::vector<AuditEntry> all = entries();
  ASSERT_GT(all.size(), Account::kRefusalsAlone);
  EXPECT_EQ(all[Account::kRefusalsAlone].kind, AuditKind::kRefusal);
  EXPECT_EQ(all[Account::kRefusalsAlone].actor, "lea (agency)");
  EXPECT_EQ(field(all[Account::kRefusalsAlone], "times_more"), std::to_string(1000 - Account::kRefusalsAlone));
}

TEST_F(AccountTest, WhoWatchesIsEnteredOnceAndHisLooksAreCounted) {
  Account& account = administration_->account();
  const Deed deed{.action = "dataplane.statistics", .object = "NE-1", .caller = {.name = "clerk (operator)"}};
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(account.before_answer(deed, absl::OkStatus(), Accounted::kAsSummedRead).ok());
  std::vector<AuditEntry> all = entries();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, AuditKind::kRead);
  EXPECT_EQ(all[0].object, "NE-1");
  ASSERT_TRUE(account.sign().ok());
  all = entries();
  EXPECT_EQ(field(all[1], "times_more"), "4");
}

TEST_F(AccountTest, WhatLeavesTheHouseIsEnteredBeforeItDoes) {
  Account& account = administration_->account();
  ASSERT_TRUE(account.announce({.action = "store.backup", .object = {}, .caller = {.name = "keeper"}}).ok());
  const std::vector<AuditEntry> all = entries();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].outcome, "asked for");
  EXPECT_EQ(all[0].actor, "keeper");
}

TEST_F(AccountTest, NoEntryNamesATargetALiidOrAPerson) {
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  ASSERT_TRUE(administration_->create_warrant(make_warrant("LIID-PLANTED")).ok());
  for (const AuditEntry& entry : entries()) {
    const std::string octets = *to_octets(entry);
    for (const char* secret : {"LIID-PLANTED", "192.0.2.7", "J. Doe", "1 A 2/26", "user@example.org"})
      EXPECT_EQ(octets.find(secret), std::string::npos) << entry.action;
  }
}

TEST_F(AccountTest, WhatIsNoIdOfOursIsLeftOutOfARefusal) {
  Account& account = administration_->account();
  const Deed deed{.action = "warrant.get", .object = "192.0.2.7", .caller = {.name = "socket"}};
  EXPECT_TRUE(account.before_answer(deed, absl::NotFoundError("id: no such warrant"), Accounted::kAsRead).ok());
  const std::vector<AuditEntry> all = entries();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, AuditKind::kRefusal);
  EXPECT_EQ(all[0].object, "");
  EXPECT_EQ(all[0].outcome, "NOT_FOUND: id: no such warrant");
}

TEST_F(AccountTest, ACommitThatFailsIsTakenBack) {
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  const AuditHead committed = *Account::remembered_by(*store_);
  Account& account = administration_->account();
  const Write refused{.key = "agency/police", .value = "another", .expected_revision = kMustBeAbsent};
  EXPECT_FALSE(account.commit(*store_, {.action = "warrant.end", .object = "x"}, {refused}).ok());
  const std::vector<AuditEntry> all = entries();
  EXPECT_EQ(all.back().action, kNotCommitted);
  EXPECT_EQ(all.back().object, std::to_string(all[all.size() - 2].number));
  EXPECT_EQ(all[all.size() - 2].action, "warrant.end");
  EXPECT_EQ(*Account::remembered_by(*store_), committed);
  open();
}

TEST_F(AccountTest, HoweverManyPayloadKeysWereLostEachNewOneIsEnteredAlone) {
  policy_.four_eyes = false;
  const auto restart = [this] {
    payload_keys_ = *PayloadKeys::open(directory_.file("keys"));
    open();
  };
  restart();
  v1::Agency agency = make_agency();
  agency.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_AES_256_CBC);
  agency.mutable_profile()->mutable_encryption()->set_key_per_warrant(true);
  ASSERT_TRUE(administration_->create_agency(agency).ok());
  std::set<std::string> active;
  for (int i = 0; i < 25; ++i) {
    const Result<v1::WarrantReply> warrant = administration_->create_warrant(make_warrant("LIID-" + std::to_string(i)));
    ASSERT_TRUE(warrant.ok()) << warrant.status();
    active.insert(warrant->warrant().id());
    administration_->activate_warrant(warrant->warrant().id(), [](const Result<v1::WarrantReply>&) {});
  }
  const size_t before = entries().size();
  std::filesystem::remove_all(directory_.file("keys"));
  restart();
  std::set<std::string> renewed;
  const std::vector<AuditEntry> all = entries();
  for (size_t i = before; i < all.size(); ++i) {
    if (all[i].action == "warrant.renew") renewed.insert(all[i].object);
  }
  EXPECT_EQ(renewed, active);
  for (const std::string& id : active) EXPECT_TRUE(administration_->get_payload_key(id).ok()) << id;
}

TEST_F(AccountTest, WithoutAnAccountThereIsNoCommit) {
  std::filesystem::remove_all(directory_.file("audit"));
  Deed too_long{.action = std::string(AuditEntry::kTextBytesMax + 1, 'x'), .object = {}};
  EXPECT_FALSE(administration_->account().commit_alone(*store_, too_long).ok());
  EXPECT_EQ(Account::remembered_by(*store_)->number, 0U);
}

}  // namespace
}  // namespace lictor::control
