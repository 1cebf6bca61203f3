// The whole administration on a sealed store: it does what it did, and its file names nobody. Planted: a target, a
// LIID, a reference, a person, a label; searched for in the database and its log, while they are in use and afterwards.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "control/registry/sealing_rules.h"
#include "control/sealed/open_store.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

constexpr std::array<std::string_view, 7> kPlanted = {"LIID-PLANTED",  "203.0.113.77",  "REF-PLANTED",
                                                      "Judge Planted", "label-planted", "4c4949442d504c414e544544",
                                                      "192.0.2.200"};
constexpr int64_t kSweepNs = 3600 * kNanosecondsPerSecond;
constexpr int64_t kPersonalDays = 30;
constexpr int64_t kDayNs = 86'400 * kNanosecondsPerSecond;
// The target in network order, as directives have it.
constexpr std::string_view kTargetOctets("\xcb\x00\x71\x4d", 4);

class SealedAdministrationTest : public testing::Test {
 protected:
  void open(Store& store) {
    AdministrationOptions options;
    options.policy = policy_;
    options.key_age_max_ns = key_age_max_ns_;
    options.personal_age_max_ns = kPersonalDays * kDayNs;
    options.acknowledge_wait_ns = kNanosecondsPerSecond;
    options.time = time_;
    options.legal_clock = [this] { return now_; };
    options.socket_clock = [this] { return socket_now_; };
    Result<std::unique_ptr<Administration>> administration = Administration::open(store, std::move(options));
    ASSERT_TRUE(administration.ok()) << administration.status();
    administration_ = *std::move(administration);
  }
  void open_plain() {
    plain_ = open_store(path_);
    open(*plain_);
  }
  void open_sealed() {
    Result<OpenedStore> opened =
        open_sealed_store(path_, {.default_file = directory_.file("master-key/lictord.key")}, sealing_rules());
    ASSERT_TRUE(opened.ok()) << opened.status();
    sealed_ = *std::move(opened);
    open(*sealed_.store);
  }
  void close() {
    administration_.reset();
    sealed_.store.reset();
    sealed_.rows.reset();
    plain_.reset();
  }

  // A life with everything that leaves a row: an agency, a warrant that a dataplane is told of, changed and revoked,
  // another that stays in force, a dataplane that refuses, an alarm.
  void live() {
    ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
    FakeDataplane dataplane(*administration_, "NE-1");
    ASSERT_TRUE(dataplane.attach().ok());
    for (const char* liid : {"LIID-PLANTED", "0x4c4949442d504c414e54454432"}) {
      v1::Warrant warrant = make_warrant(liid);
      warrant.set_legal_reference("REF-PLANTED");
      warrant.set_authorising_person("Judge Planted");
      warrant.set_user_label("label-planted");
      warrant.set_start("2026-11-21T08:00:00Z");
      warrant.mutable_targets(0)->set_selector("ipv4:203.0.113.77");
      const Result<v1::WarrantReply> filed = administration_->create_warrant(warrant);
      ASSERT_TRUE(filed.ok()) << filed.status();
      ids_.push_back(filed->warrant().id());
      administration_->activate_warrant(ids_.back(), ignore());
      EXPECT_GT(dataplane.take(), 0U);
    }
    v1::Warrant changed = administration_->get_warrant(ids_[0])->warrant();
    changed.set_user_label("label-planted-too");
    administration_->modify_warrant(changed, ignore());
    dataplane.take();
    administration_->revoke_warrant(ids_[1], ignore());
    dataplane.take();
    administration_->tick();
    dataplane.detach();
    taps_ = administration_->list_taps("NE-1")->taps_size();
    EXPECT_GT(taps_, 0);
  }
  // A new one with this LIID, as of today.
  [[nodiscard]] v1::Warrant warrant_of_today(const std::string& liid) const {
    v1::Warrant warrant = make_warrant(liid);
    warrant.clear_start();
    warrant.set_end(format_time({now_.unix_ns + kDayNs}));
    return warrant;
  }
  static Administration::WarrantDone ignore() {
    return [](const Result<v1::WarrantReply>& reply) { EXPECT_TRUE(reply.ok()) << reply.status(); };
  }

  void pass_ns(int64_t ns) {
    now_.unix_ns += ns;
    socket_now_.ns += ns;
  }

  bool stands(const std::string& code) {
    v1::ListAlarmsRequest standing;
    standing.set_standing_only(true);
    const v1::ListAlarmsReply reply = *administration_->list_alarms(standing);
    return std::ranges::any_of(reply.alarms(), [&](const v1::Alarm& one) { return one.code() == code; });
  }

  // What of it all the store's files show.
  [[nodiscard]] std::vector<std::string> shown() const {
    std::string octets;
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(path_).parent_path())) {
      if (!file.path().filename().string().starts_with("store.db")) continue;
      std::ifstream stream(file.path(), std::ios::binary);
      octets.append(std::istreambuf_iterator<char>(stream), {});
    }
    std::vector<std::string> found;
    for (const std::string_view planted : kPlanted)
      if (octets.find(planted) != std::string::npos) found.emplace_back(planted);
    if (octets.find(kTargetOctets) != std::string::npos) found.emplace_back("the target's octets");
    return found;
  }

  const TempDir directory_;
  const std::string path_ = directory_.file("store.db");
  Policy policy_{.four_eyes = false};
  LegalTime now_ = kNow;
  SocketTime socket_now_{1};
  TimePolicy time_;
  int64_t key_age_max_ns_ = 8 * kDayNs;
  std::unique_ptr<SqliteStore> plain_;
  OpenedStore sealed_;
  std::unique_ptr<Administration> administration_;
  std::vector<std::string> ids_;
  int taps_ = 0;  // that the dataplane holds at the end of live()
};

TEST_F(SealedAdministrationTest, ThePlainStoreShowsEverythingThatIsSearchedFor) {
  open_plain();
  live();
  EXPECT_EQ(shown().size(), kPlanted.size() + 1) << testing::PrintToString(shown());
}

TEST_F(SealedAdministrationTest, TheSealedStoreShowsNothingWhileItServesNorAfterwards) {
  open_sealed();
  live();
  EXPECT_EQ(shown(), std::vector<std::string>());
  close();
  EXPECT_EQ(shown(), std::vector<std::string>());
  open_sealed();
  EXPECT_EQ(administration_->get_warrant(ids_[0])->warrant().user_label(), "label-planted-too");
  EXPECT_EQ(administration_->get_warrant(ids_[1])->warrant().state(), v1::WARRANT_STATE_REVOKED);
  EXPECT_EQ(administration_->list_taps("NE-1")->taps_size(), taps_);
}

TEST_F(SealedAdministrationTest, AStoreOfTheFormerVersionIsSealedAndServesOnAsItWas) {
  open_plain();
  live();
  const std::string before = administration_->get_warrant(ids_[0])->warrant().xids(0);
  close();
  ASSERT_FALSE(shown().empty());
  open_sealed();
  EXPECT_EQ(shown(), std::vector<std::string>());
  EXPECT_EQ(administration_->get_warrant(ids_[0])->warrant().xids(0), before);
  EXPECT_EQ(administration_->list_agencies({}).value().agencies_size(), 1);
  EXPECT_EQ(administration_->list_taps("NE-1")->taps_size(), taps_);
  EXPECT_EQ(administration_->create_warrant(make_warrant("LIID-PLANTED")).status().code(),
            absl::StatusCode::kAlreadyExists)
      << "a LIID that was used before the sealing stays used";
}

TEST_F(SealedAdministrationTest, ALiidStaysUsedAndIsNeverInAKey) {
  open_sealed();
  live();
  close();
  open_sealed();
  EXPECT_EQ(administration_->create_warrant(make_warrant("LIID-PLANTED")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(administration_->create_warrant(make_warrant("LIID-OTHER")).ok());
}

// What the wrapped key of a warrant is in the file; empty: it has none.
std::string wrapped_key(SqliteStore& rows, const std::string& id) {
  const Result<std::optional<Entry>> row = rows.get(subject_key(id));
  return row.ok() && row->has_value() ? (*row)->value : "";
}

TEST_F(SealedAdministrationTest, PersonalFieldsOfAClosedWarrantAreErasedWhenTheirTimeIsOver) {
  open_sealed();
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  const std::string id = administration_->create_warrant(make_warrant("LIID-OVER"))->warrant().id();
  const std::string other = administration_->create_warrant(make_warrant("LIID-GOES-ON"))->warrant().id();
  v1::Warrant changed = administration_->get_warrant(id)->warrant();
  changed.set_user_label("changed");
  administration_->modify_warrant(changed, ignore());
  administration_->end_warrant(id, ignore());
  const auto rows_of_its_past = [&] {
    return sealed_.store->list("former-warrant/" + id, "", 9)->size() +
           sealed_.store->list("salt/" + id, "", 9)->size();
  };
  EXPECT_EQ(rows_of_its_past(), 2U);
  pass_ns(kPersonalDays * kDayNs - 1);
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().liid(), "LIID-OVER") << "a nanosecond early";
  ASSERT_NE(wrapped_key(*sealed_.rows, id), "");
  pass_ns(kSweepNs);
  administration_->tick();
  const v1::Warrant left = administration_->get_warrant(id)->warrant();
  EXPECT_EQ(left.agency_id(), "police");
  EXPECT_EQ(left.state(), v1::WARRANT_STATE_ENDED);
  EXPECT_EQ(left.end(), "2026-11-22T08:00:00Z");
  EXPECT_EQ(left.liid() + left.legal_reference() + left.authorising_person() + left.user_label(), "");
  EXPECT_EQ(left.targets_size(), 0);
  EXPECT_EQ(rows_of_its_past(), 0U) << "nor what it was";
  EXPECT_EQ(wrapped_key(*sealed_.rows, id), "") << "no copy of its rows opens any more";
  EXPECT_EQ(administration_->create_warrant(warrant_of_today("LIID-OVER")).status().code(),
            absl::StatusCode::kAlreadyExists)
      << "for ever";
  EXPECT_NE(wrapped_key(*sealed_.rows, other), "");
  close();
  open_sealed();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().agency_id(), "police");
}

TEST_F(SealedAdministrationTest, NobodyWhoHadAHandInAnErasedWarrantIsNamedByIt) {
  policy_ = {.four_eyes = true, .emergency = true, .emergency_hours = 2};
  open_sealed();
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  const Caller anna{.name = "anna-planted (operator)", .person = "anna-planted"};
  const Caller berta{.name = "berta-planted (approver)", .person = "berta-planted"};
  v1::Warrant warrant = warrant_of_today("LIID-OVER");
  warrant.set_legal_reference("REF-PLANTED");
  const std::string id = administration_->create_warrant(warrant, anna)->warrant().id();
  v1::ActivateEmergencyRequest emergency;
  emergency.set_id(id);
  emergency.set_reason("reason-planted");
  administration_->activate_emergency(emergency, ignore(), anna);
  const auto named_in_row = [&] {
    const std::string row = (*sealed_.store->get("warrant/" + id))->value;
    std::set<std::string> found;
    for (const char* planted : {"anna-planted", "berta-planted", "reason-planted", "REF-PLANTED", "LIID-OVER"})
      if (row.find(planted) != std::string::npos) found.insert(planted);
    return found;
  };
  EXPECT_TRUE(administration_->get_warrant(id)->warrant().has_proposed());
  administration_->end_warrant(id, ignore(), berta);
  EXPECT_EQ(named_in_row().size(), 5U) << "all of them are there until their time is over";
  const v1::Warrant before = administration_->get_warrant(id)->warrant();
  EXPECT_TRUE(stands("reduction_unreviewed"));
  pass_ns(kPersonalDays * kDayNs);
  administration_->tick();
  EXPECT_EQ(named_in_row(), std::set<std::string>());
  EXPECT_FALSE(stands("reduction_unreviewed"));
  const v1::Warrant left = administration_->get_warrant(id)->warrant();
  EXPECT_FALSE(left.has_proposed());
  EXPECT_EQ(left.filed().time_unix_ns(), before.filed().time_unix_ns());
  EXPECT_EQ(left.reduced().time_unix_ns(), before.reduced().time_unix_ns());
  std::optional<Result<v1::WarrantReply>> reply;
  administration_->review_reduction(
      id, [&](const Result<v1::WarrantReply>& result) { reply = result; }, berta);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status().code(), absl::StatusCode::kFailedPrecondition) << "nobody knows any more who reduced it";
}

TEST_F(SealedAdministrationTest, AClockThatIsSetAheadErasesNothingAndDelaysNoErasure) {
  open_sealed();
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  const std::string id = administration_->create_warrant(make_warrant("LIID-KEPT"))->warrant().id();
  administration_->end_warrant(id, ignore());
  pass_ns(kSweepNs);
  administration_->tick();
  constexpr int64_t kAheadNs = 2 * kPersonalDays * kDayNs;
  now_.unix_ns += kAheadNs;
  pass_ns(kSweepNs);
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().liid(), "LIID-KEPT");
  EXPECT_TRUE(stands("erasure_waits"));
  now_.unix_ns -= kAheadNs;
  pass_ns(kStepSettleNs);
  administration_->tick();
  pass_ns(kStepSettleNs);
  administration_->tick();
  EXPECT_FALSE(stands("erasure_waits"));
  EXPECT_EQ(administration_->get_warrant(id)->warrant().liid(), "LIID-KEPT");
  pass_ns(kPersonalDays * kDayNs);
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().liid(), "");
}

TEST_F(SealedAdministrationTest, NothingIsErasedByAClockThatIsNotSynchronised) {
  bool disciplined = false;
  time_ = {.required = true, .is_disciplined = [&] { return disciplined; }};
  open_sealed();
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  const std::string id = administration_->create_warrant(make_warrant("LIID-KEPT"))->warrant().id();
  administration_->end_warrant(id, ignore());
  pass_ns(kPersonalDays * kDayNs);
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().liid(), "LIID-KEPT");
  EXPECT_TRUE(stands("erasure_waits"));
  disciplined = true;
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().liid(), "");
}

TEST_F(SealedAdministrationTest, ATombstoneIsNeitherRevokedNorErasedAgain) {
  open_sealed();
  ASSERT_TRUE(administration_->create_agency(make_agency()).ok());
  const std::string id = administration_->create_warrant(make_warrant())->warrant().id();
  administration_->end_warrant(id, ignore());
  pass_ns(kPersonalDays * kDayNs);
  administration_->tick();
  const uint64_t revision = administration_->get_warrant(id)->warrant().revision();
  std::optional<Result<v1::WarrantReply>> reply;
  administration_->revoke_warrant(id, [&](const Result<v1::WarrantReply>& result) { reply = result; });
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status().code(), absl::StatusCode::kFailedPrecondition);
  close();
  open_sealed();
  pass_ns(kDayNs);
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(id)->warrant().revision(), revision);
}

TEST_F(SealedAdministrationTest, AWarrantThatADataplaneHoldsIsNotErasedWhileItCanBeDelivered) {
  key_age_max_ns_ = 4 * kPersonalDays * kDayNs;
  open_sealed();
  live();
  administration_->end_warrant(ids_[0], ignore());  // the dataplane is away meanwhile
  pass_ns(2 * kPersonalDays * kDayNs);
  administration_->tick();
  EXPECT_EQ(administration_->get_warrant(ids_[0])->warrant().user_label(), "label-planted-too");
  EXPECT_TRUE(stands("retention_waits"));
  close();
  open_sealed();
  EXPECT_EQ(administration_->get_warrant(ids_[0])->warrant().user_label(), "label-planted-too");
}

TEST_F(SealedAdministrationTest, ADataplaneThatNeverComesBackKeepsNobodysData) {
  open_sealed();
  live();
  administration_->end_warrant(ids_[0], ignore());  // the dataplane is away meanwhile, and for ever
  pass_ns(2 * kPersonalDays * kDayNs);
  administration_->tick();
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_EQ(administration_->get_warrant(ids_[0])->warrant().user_label(), "");
    EXPECT_EQ(administration_->list_taps("NE-1")->taps_size(), 0);
    EXPECT_FALSE(stands("retention_waits"));
    close();
    open_sealed();
  }
}

}  // namespace
}  // namespace lictor::control
