// The whole administration on a sealed store: it does what it did, and its file names nobody. Planted: a target, a
// LIID, a reference, a person, a label; searched for in the database and its log, while they are in use and afterwards.
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "control/registry/sealing_rules.h"
#include "control/sealed/open_store.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

constexpr std::array<std::string_view, 7> kPlanted = {"LIID-PLANTED",  "203.0.113.77",  "REF-PLANTED",
                                                      "Judge Planted", "label-planted", "4c4949442d504c414e544544",
                                                      "192.0.2.200"};
// The target in network order, as directives have it.
constexpr std::string_view kTargetOctets = "\xcb\x00\x71\x4d";

class SealedAdministrationTest : public testing::Test {
 protected:
  void open(Store& store) {
    Result<std::unique_ptr<Administration>> administration =
        Administration::open(store, {.acknowledge_wait_ns = kNanosecondsPerSecond,
                                     .legal_clock = [] { return kNow; },
                                     .socket_clock = [] { return SocketTime{1}; }});
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
      administration_->activate_warrant(ids_.back(), nullptr_done());
      EXPECT_GT(dataplane.take(), 0U);
    }
    v1::Warrant changed = administration_->get_warrant(ids_[0])->warrant();
    changed.set_user_label("label-planted-too");
    administration_->modify_warrant(changed, nullptr_done());
    dataplane.take();
    administration_->revoke_warrant(ids_[1], nullptr_done());
    dataplane.take();
    administration_->tick();
  }
  static Administration::WarrantDone nullptr_done() {
    return [](const Result<v1::WarrantReply>& reply) { EXPECT_TRUE(reply.ok()) << reply.status(); };
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
  std::unique_ptr<SqliteStore> plain_;
  OpenedStore sealed_;
  std::unique_ptr<Administration> administration_;
  std::vector<std::string> ids_;
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
  EXPECT_EQ(administration_->list_taps("NE-1")->taps_size(), 1);
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
  EXPECT_EQ(administration_->list_taps("NE-1")->taps_size(), 1);
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

}  // namespace
}  // namespace lictor::control
