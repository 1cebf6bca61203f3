// What goes on when the disk of store and audit log is full: that interceptions are ended and reduced.
#include <gtest/gtest.h>

#include "control/admin/administration.h"
#include "control/audit/verify.h"
#include "tests/unit/control/support/fake_dataplane.h"
#include "tests/unit/control/support/fixtures.h"
#include "tests/unit/control/support/full_store.h"

namespace lictor::control {
namespace {

// Full, but for what was kept back.
class FullDisk : public FullStore {
 public:
  FullDisk(Store& store, const RoomReserve& reserve) : FullStore(store), reserve_(reserve) {}
  Result<uint64_t> commit(const std::vector<Write>& writes) override {
    full = is_full && !reserve_.is_given_up();
    return FullStore::commit(writes);
  }
  bool is_full = false;

 private:
  const RoomReserve& reserve_;
};

class FullDiskTest : public testing::Test {
 protected:
  FullDiskTest() {
    EXPECT_TRUE(administration_->create_agency(make_agency()).ok());
    for (std::string& id : ids_) {
      id = administration_->create_warrant(make_warrant("LIID-" + std::to_string(&id - ids_.data())))->warrant().id();
      administration_->activate_warrant(id, done());
    }
    disk_.is_full = true;
  }

  Administration::WarrantDone done() {
    return [this](const Result<v1::WarrantReply>& reply) { status_ = reply.status(); };
  }
  [[nodiscard]] std::vector<std::string> actions() const {
    std::vector<std::string> all;
    const Result<AuditVerdict> verdict =
        verify_audit(directory_.file("audit"), {.key = root_},
                     [&](const AuditEntry& entry, const ChainState&) { all.push_back(entry.action); });
    EXPECT_TRUE(verdict.ok() && !verdict->problem);
    return all;
  }
  v1::WarrantState state_of(size_t at) { return administration_->get_warrant(ids_[at])->warrant().state(); }

  const TempDir directory_;
  const std::unique_ptr<SqliteStore> store_ = open_store(directory_.file("store.db"));
  const std::unique_ptr<RoomReserve> reserve_ = *RoomReserve::open({directory_.file("reserve")}, 1 << 16);
  FullDisk disk_{*store_, *reserve_};
  const std::unique_ptr<AuditLog> log_ =
      *AuditLog::open({.folder = directory_.file("audit"), .key_path = directory_.file("audit-keys")}, kNow.unix_ns);
  const PublicKey root_ = log_->signer();
  SocketTime socket_now_{1};
  std::unique_ptr<Administration> administration_ =
      *Administration::open(disk_, {.policy = {.four_eyes = false},
                                    .audit = log_.get(),
                                    .reserve = reserve_.get(),
                                    .legal_clock = [] { return kNow; },
                                    .socket_clock = [this] { return socket_now_; }});
  std::array<std::string, 3> ids_;
  Status status_;
};

TEST_F(FullDiskTest, AnInterceptionIsEndedWithItsEntryByWhatWasKeptBack) {
  administration_->end_warrant(ids_[0], done());
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(state_of(0), v1::WARRANT_STATE_ENDED);
  const std::vector<std::string> all = actions();
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(all[all.size() - 2], "disk.reserve_given_up");
  EXPECT_EQ(all.back(), "warrant.end");
}

TEST_F(FullDiskTest, OthersAreSuspendedAndRevokedAndNothingElseTakesTheRoom) {
  administration_->end_warrant(ids_[0], done());
  administration_->suspend_warrant(ids_[1], done());
  EXPECT_TRUE(status_.ok()) << status_;
  administration_->revoke_warrant(ids_[2], done());
  EXPECT_TRUE(status_.ok()) << status_;
  const size_t entries = actions().size();
  administration_->resume_warrant(ids_[1], done());
  EXPECT_TRUE(absl::IsResourceExhausted(status_)) << status_;
  EXPECT_TRUE(absl::IsResourceExhausted(administration_->create_warrant(make_warrant("LIID-NEW")).status()));
  const Deed look{.action = "warrant.get", .object = ids_[0], .caller = {.name = "clerk"}};
  EXPECT_FALSE(administration_->account().before_answer(look, absl::OkStatus(), Accounted::kAsRead).ok());
  EXPECT_EQ(actions().size(), entries);
}

TEST_F(FullDiskTest, WhatBeginsSomethingGetsNothingOfWhatIsKeptBack) {
  EXPECT_TRUE(absl::IsResourceExhausted(administration_->create_warrant(make_warrant("LIID-NEW")).status()));
  EXPECT_FALSE(reserve_->is_given_up());
}

// At most what Account::kResumingBytesMax is of: a stream that breaks for ever takes nothing from those who end
// something.
TEST_F(FullDiskTest, ADataplaneThatIsKnownComesBackAndOthersAreNotTaken) {
  disk_.is_full = false;
  FakeDataplane known(*administration_, "tap-1");
  FakeDataplane unknown(*administration_, "tap-2", 'b');
  ASSERT_TRUE(known.attach().ok());
  disk_.is_full = true;
  EXPECT_TRUE(absl::IsResourceExhausted(unknown.attach()));
  EXPECT_FALSE(reserve_->is_given_up());
  constexpr size_t kTimesMax = Account::kResumingBytesMax / 1024;
  size_t times = 0;
  while (times < kTimesMax && known.attach().ok()) ++times;  // the same process dials again
  EXPECT_GT(times, 100U);
  EXPECT_LT(times, kTimesMax);
  administration_->end_warrant(ids_[0], done());
  EXPECT_TRUE(status_.ok()) << status_;
  disk_.is_full = false;
  administration_->tick();
  EXPECT_TRUE(known.attach().ok());
}

TEST_F(FullDiskTest, OnceThereIsRoomAgainAllGoesOnAndTheAccountSaysHowMuchItHasNot) {
  administration_->end_warrant(ids_[0], done());
  const Deed look{.action = "warrant.get", .object = ids_[0], .caller = {.name = "clerk"}};
  EXPECT_FALSE(administration_->account().before_answer(look, absl::OkStatus(), Accounted::kAsRead).ok());
  disk_.is_full = false;
  administration_->tick();
  EXPECT_FALSE(reserve_->is_given_up());
  EXPECT_EQ(actions().back(), "disk.reserve_kept");
  EXPECT_TRUE(administration_->create_warrant(make_warrant("LIID-NEW")).ok());
}

TEST(FullDisk, IsAlarmedWhileNothingIsKeptBack) {
  constexpr uint64_t kMoreThanAnyDisk = uint64_t{1} << 60;
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  const auto reserve = *RoomReserve::open({directory.file("reserve")}, kMoreThanAnyDisk);
  const auto administration = *Administration::open(*store, {.policy = {}, .reserve = reserve.get()});
  administration->tick();
  v1::ListAlarmsRequest standing;
  standing.set_standing_only(true);
  const v1::ListAlarmsReply reply = *administration->list_alarms(standing, {}, AlarmsShown::kPlatform);
  ASSERT_EQ(reply.alarms_size(), 1);
  EXPECT_EQ(reply.alarms(0).code(), "disk_full");
}

}  // namespace
}  // namespace lictor::control
