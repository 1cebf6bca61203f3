// A file destination round by round, with a clock and without a thread: what a revocation, a half finished batch and
// the bound of open files do.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "encoders/handover/file_outlet.h"
#include "tests/unit/encoders/files/file_rig.h"
#include "tests/unit/encoders/handover/tcp_peer.h"

namespace lictor {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kTasks = FileOutlet::kFilesOpenMax + 1;

class FileRoundsTest : public ::testing::Test {
 protected:
  FileRoundsTest()
      : directory_(test_directory()), agency_(make_curve_agency()), accounts_(kTasks), revocations_(kTasks) {
    depot_ = *SpoolDepot::make({.on_disk = false, .memory_bytes = 1 << 20}, alarms_);
    DestinationPlan plan{.id = "police/vault", .side = HandoverSide::kHi3};
    plan.files = {
        .agency = "police", .directory = "vault", .certificates = agency_.pem, .bytes = 1 << 20, .seconds = kSeconds};
    outlet_ = std::make_unique<FileOutlet>(
        plan, FileOutletLimits{.files = {.root = directory_, .window_bytes = 4 << 20}},
        *depot_->open(plan.id, "files", 1, 4 << 20),
        FileOutletContext{.accounts = accounts_, .revocations = &revocations_, .alarms = &alarms_});
  }
  ~FileRoundsTest() override {
    outlet_.reset();
    fs::remove_all(directory_);
  }

  static PcapngParameters parameters(uint32_t task) {
    PcapngParameters made = test_parameters(static_cast<uint8_t>(task));
    made.xid.octets[1] = static_cast<uint8_t>(task >> 8);
    return made;
  }
  static std::vector<uint8_t> packet(uint32_t task, uint32_t number) {
    return encode_packet(**make_pcapng_encoder(parameters(task)), 1, number);
  }
  static std::string chain_of(uint32_t task) { return hex_of(read_file_record(packet(task, 0))->record.chain); }

  void put(uint32_t task, const std::vector<uint8_t>& octets) {
    Spool& spool = *outlet_->spool(0);
    const MutableBytes room = spool.reserve(octets.size());
    ASSERT_FALSE(room.empty());
    std::ranges::copy(octets, room.begin());
    spool.append(TaskSlot{task}, octets.size());
    spool.publish();
  }
  void add(uint32_t task, uint32_t number) { put(task, packet(task, number)); }
  void run_at(int64_t seconds) {
    outlet_->run({seconds * kNanosecondsPerSecond}, {kLegal.unix_ns + seconds * kNanosecondsPerSecond});
  }
  const HandoverTaskAccount& account(uint32_t task) const { return accounts_[task].hi3; }
  std::vector<bool> cleared(const std::string& code) {
    std::vector<bool> found;
    for (AlarmEvent& alarm : alarms_.take_all())
      if (alarm.code == code) found.push_back(alarm.cleared);
    return found;
  }

  static constexpr uint32_t kSeconds = 100;
  static constexpr LegalTime kLegal{1'700'000'000'000'000'000};
  const std::string directory_;
  const AgencyKey agency_;
  AlarmQueue alarms_;
  std::vector<TaskAccount> accounts_;
  Revocations revocations_;
  std::unique_ptr<SpoolDepot> depot_;
  std::unique_ptr<FileOutlet> outlet_;
};

TEST_F(FileRoundsTest, ARevocationElsewhereLeavesOpenFilesAlone) {
  add(0, 0);
  run_at(0);
  revocations_.revoke(TaskSlot{1});
  run_at(kSeconds);
  EXPECT_EQ(account(0).confirmed.get(), 1u);
  EXPECT_EQ(outlet_->statistics().sent_bytes, outlet_->statistics().confirmed_bytes) << "nothing was written twice";
}

TEST_F(FileRoundsTest, ARevocationDoesNotMakeTheOthersFilesLater) {
  add(0, 0);
  add(1, 0);
  run_at(0);
  revocations_.revoke(TaskSlot{1});
  run_at(kSeconds - 1);
  EXPECT_EQ(account(0).confirmed.get(), 0u);
  run_at(kSeconds);
  EXPECT_EQ(account(0).confirmed.get(), 1u);
  EXPECT_EQ(account(1).given_up.get(GivenUp::kRevoked), 1u);
}

TEST_F(FileRoundsTest, ATimeThatBeganForARevokedTaskAloneEndsNobodyElsesFile) {
  add(1, 0);
  run_at(0);
  revocations_.revoke(TaskSlot{1});
  run_at(1);
  add(0, 0);
  run_at(kSeconds);
  EXPECT_EQ(account(0).confirmed.get(), 0u);
  run_at(2 * kSeconds);
  EXPECT_EQ(account(0).confirmed.get(), 1u);
}

TEST_F(FileRoundsTest, WhatTheAgencyMayHaveOfAHalfFinishedBatchIsNotCountedAsGivenUp) {
  const bool in_order = chain_of(0) < chain_of(1);
  const uint32_t first = in_order ? 0 : 1;
  const uint32_t second = in_order ? 1 : 0;
  add(first, 0);
  add(second, 0);
  run_at(0);
  const std::string vault = directory_ + "/police/vault/";
  fs::create_directories(vault + ".work/" + chain_of(second) + ".state/in the way");
  run_at(kSeconds);
  EXPECT_TRUE(fs::exists(vault + chain_of(first) + "/0000000001.pcapng.cms"));
  EXPECT_EQ(outlet_->statistics().file_errors, 1u);
  outlet_->finish(kLegal);
  EXPECT_EQ(account(first).unconfirmed.get(), 1u);
  EXPECT_EQ(account(first).given_up.total(), 0u);
  EXPECT_EQ(account(second).unconfirmed.get() + account(second).given_up.total(), 1u);
}

TEST_F(FileRoundsTest, WhatWasNeverInAFinishedFileIsGivenUp) {
  add(0, 0);
  run_at(0);
  outlet_->finish(kLegal);
  EXPECT_EQ(account(0).unconfirmed.get(), 0u);
  EXPECT_EQ(account(0).given_up.get(GivenUp::kShutdown), 1u);
}

TEST_F(FileRoundsTest, EachUnreadableRecordIsGivenUpAndThoseAroundItAreDelivered) {
  add(0, 0);
  put(0, std::vector<uint8_t>(200, 0xff));
  put(0, std::vector<uint8_t>(3));
  std::vector<uint8_t> longer = packet(0, 1);
  longer.push_back(0);  // says that it is shorter than it is
  put(0, longer);
  add(0, 2);
  run_at(0);
  run_at(kSeconds);
  EXPECT_EQ(account(0).confirmed.get(), 2u);
  EXPECT_EQ(account(0).given_up.get(GivenUp::kUnreadable), 3u);
  EXPECT_EQ(outlet_->statistics().records_unreadable, 3u);
  EXPECT_TRUE(outlet_->drained());
  const auto text = read_octets(directory_ + "/police/vault/" + chain_of(0) + "/0000000001.json");
  const nlohmann::json said = nlohmann::json::parse(text, nullptr, false);
  EXPECT_EQ(said["packets"], 2);
  EXPECT_EQ(said["missing"], 1);
}

TEST_F(FileRoundsTest, UnreadableRecordsAloneLeaveNothingBehind) {
  put(0, std::vector<uint8_t>(200, 0xff));
  run_at(0);
  run_at(1);
  EXPECT_TRUE(outlet_->drained());
  EXPECT_EQ(account(0).given_up.get(GivenUp::kUnreadable), 1u);
  EXPECT_EQ(outlet_->statistics().files, 0u);
}

TEST_F(FileRoundsTest, MoreTasksThanFilesMayBeOpenIsToldUntilItIsOver) {
  for (uint32_t task = 0; task < kTasks; ++task) add(task, 0);
  run_at(0);
  EXPECT_EQ(outlet_->statistics().files, FileOutlet::kFilesOpenMax);
  EXPECT_EQ(cleared("open_files_at_bound"), std::vector<bool>{false});
  run_at(1);
  run_at(1 + kSeconds);
  EXPECT_EQ(outlet_->statistics().files, kTasks);
  EXPECT_TRUE(outlet_->drained());
  EXPECT_EQ(cleared("open_files_at_bound"), std::vector<bool>{true});
}

TEST_F(FileRoundsTest, AThreadThatWasAskedToEndGoesOnWhereItIsWantedAgain) {
  outlet_->start();
  outlet_->hurry(true);
  ASSERT_TRUE(eventually([&] { return outlet_->ends(); }));
  outlet_->go_on();
  add(0, 0);
  ASSERT_TRUE(eventually([&] { return outlet_->drained(); }));
  ASSERT_TRUE(eventually([&] { return account(0).confirmed.get() == 1; }));
  static_cast<void>(outlet_->ends());  // it may have ended by then, or not
  outlet_->go_on();
  add(0, 1);
  ASSERT_TRUE(eventually([&] { return outlet_->drained(); }));
}

}  // namespace
}  // namespace lictor
