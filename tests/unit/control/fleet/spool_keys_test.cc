// The life of the spools' keys: made with the first telling, outside the store, the same for every dataplane and
// incarnation; erased when all is delivered, when the order is annulled, when it is too old; never brought back.
#include "control/fleet/spool_keys.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "control/registry/uuid.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

std::string octets_of(const std::string& xid) {
  const Result<Xid> parsed = parse_uuid(xid);
  return {parsed->octets.begin(), parsed->octets.end()};
}

class SpoolKeysTest : public ControlTest {
 protected:
  SpoolKeysTest() {
    keys_ = *SpoolKeys::open(keys_directory());
    open();
    dataplane_ = std::make_unique<FakeDataplane>(*administration_, "NE-1");
    add_agency();
  }
  [[nodiscard]] std::string keys_directory() const { return directory_.file("keys"); }

  // An active warrant that the dataplane holds; its XID.
  std::string told(const std::string& liid) {
    warrant_ = file(make_warrant(liid));
    activate(warrant_);
    if (!dataplane_->attach().ok()) ADD_FAILURE();
    dataplane_->take();
    return warrant(warrant_).xids(0);
  }
  const std::string& key_of(const std::string& xid) { return dataplane_->mediations.at(xid).spool_key(); }

  // The dataplane's process ends and another one begins.
  void restart_dataplane(char incarnation) {
    dataplane_->detach();
    dataplane_->restart(incarnation);
    ASSERT_TRUE(dataplane_->attach().ok());
    dataplane_->take();
  }
  void restart_daemon() {
    dataplane_->detach();
    keys_ = *SpoolKeys::open(keys_directory());
    open();
  }
  bool is_told_of(const std::string& code) {
    v1::ListAlarmsRequest request;
    const Result<v1::ListAlarmsReply> alarms = administration_->list_alarms(request);
    return std::ranges::any_of(alarms->alarms(), [&](const v1::Alarm& alarm) { return alarm.code() == code; });
  }

  std::unique_ptr<FakeDataplane> dataplane_;
  std::string warrant_;
};

TEST_F(SpoolKeysTest, AKeyIsMadeWithTheFirstTellingAndStaysTheSame) {
  const std::string xid = told("ONE");
  const std::string key = key_of(xid);
  EXPECT_EQ(key.size(), 32u);
  restart_dataplane('b');
  EXPECT_EQ(key_of(xid), key);
  EXPECT_NE(key, std::string(32, '\0'));
  struct stat status {};
  ASSERT_EQ(::stat((keys_directory() + "/" + xid).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(SpoolKeysTest, TwoTasksHaveTwoKeys) {
  const std::string first = told("ONE");
  const std::string warrant_id = file(make_warrant("TWO"));
  activate(warrant_id);
  dataplane_->take();
  EXPECT_NE(key_of(first), key_of(warrant(warrant_id).xids(0)));
}

TEST_F(SpoolKeysTest, TheStoreNeverSeesAKey) {
  const std::string key = key_of(told("ONE"));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.file(""))) {
    if (!entry.is_regular_file()) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    EXPECT_EQ(all.find(key), std::string::npos) << entry.path();
  }
}

TEST_F(SpoolKeysTest, TheEndKeepsTheKeyUntilAllIsDelivered) {
  const std::string xid = told("ONE");
  administration_->end_warrant(warrant_, done());
  dataplane_->take();
  pass(7200);
  EXPECT_TRUE(keys_->has(xid));
  dataplane_->report_delivered(octets_of(xid));
  EXPECT_FALSE(keys_->has(xid));
  EXPECT_FALSE(std::filesystem::exists(keys_directory() + "/" + xid));
}

TEST_F(SpoolKeysTest, TheKeyStaysWhileAnotherDataplaneHoldsTheTask) {
  FakeDataplane other(*administration_, "NE-2", 'x');
  ASSERT_TRUE(other.attach().ok());
  const std::string xid = told("ONE");
  other.take();
  administration_->end_warrant(warrant_, done());
  dataplane_->take();
  other.take();
  dataplane_->report_delivered(octets_of(xid));
  EXPECT_TRUE(keys_->has(xid));
  other.report_delivered(octets_of(xid));
  EXPECT_FALSE(keys_->has(xid));
}

TEST_F(SpoolKeysTest, RevokingErasesTheKeyAtOnce) {
  const std::string xid = told("ONE");
  administration_->revoke_warrant(warrant_, done());
  EXPECT_FALSE(keys_->has(xid));
}

TEST_F(SpoolKeysTest, WhatEndedComesBackAsDrainingToANewIncarnation) {
  const std::string xid = told("ONE");
  const std::string key = key_of(xid);
  const uint32_t cin = dataplane_->mediations.at(xid).cin().static_cin();
  administration_->end_warrant(warrant_, done());
  dataplane_->take();
  restart_dataplane('b');
  EXPECT_EQ(dataplane_->taps.size(), 0u);
  ASSERT_EQ(dataplane_->mediations.count(xid), 1u);
  EXPECT_TRUE(dataplane_->mediations.at(xid).draining());
  EXPECT_EQ(key_of(xid), key);
  EXPECT_EQ(dataplane_->mediations.at(xid).cin().static_cin(), cin);
  restart_dataplane('c');  // and to the one after it
  EXPECT_TRUE(dataplane_->mediations.at(xid).draining());
  dataplane_->report_delivered(octets_of(xid));
  EXPECT_FALSE(keys_->has(xid));
  restart_dataplane('d');
  EXPECT_EQ(dataplane_->mediations.size(), 0u);
}

TEST_F(SpoolKeysTest, WhatEndedWhileTheDataplaneWasAwayComesBackAsDraining) {
  const std::string xid = told("ONE");
  dataplane_->detach();
  administration_->end_warrant(warrant_, done());
  dataplane_->restart('b');
  ASSERT_TRUE(dataplane_->attach().ok());
  dataplane_->take();
  ASSERT_EQ(dataplane_->mediations.count(xid), 1u);
  EXPECT_TRUE(dataplane_->mediations.at(xid).draining());
}

TEST_F(SpoolKeysTest, WhatWasRevokedDoesNotComeBack) {
  told("ONE");
  dataplane_->detach();
  administration_->revoke_warrant(warrant_, done());
  dataplane_->restart('b');
  ASSERT_TRUE(dataplane_->attach().ok());
  dataplane_->take();
  EXPECT_EQ(dataplane_->mediations.size(), 0u);
}

TEST_F(SpoolKeysTest, AKeyIsNotErasedByAClockThatWasSetAhead) {
  const std::string xid = told("ONE");
  administration_->end_warrant(warrant_, done());
  pass(1);
  now_.unix_ns += 9 * 24 * 3600 * kNanosecondsPerSecond;
  pass(3601);
  EXPECT_TRUE(keys_->has(xid));
  now_.unix_ns -= 9 * 24 * 3600 * kNanosecondsPerSecond;
  for (int hours = 0; hours < 3; ++hours) pass(3600);
  EXPECT_TRUE(keys_->has(xid));
}

TEST_F(SpoolKeysTest, AKeyIsErasedWhenItIsTooOldThoughNobodySaidThatAllWasDelivered) {
  const std::string xid = told("ONE");
  administration_->end_warrant(warrant_, done());
  dataplane_->take();
  pass(7 * 24 * 3600);
  EXPECT_TRUE(keys_->has(xid));
  pass(2 * 24 * 3600);
  EXPECT_FALSE(keys_->has(xid));
}

TEST_F(SpoolKeysTest, ARestoredStoreBringsNoKeyBackAndSaysSo) {
  const std::string xid = told("ONE");
  const std::string key = key_of(xid);
  std::filesystem::remove_all(keys_directory());
  restart_daemon();
  EXPECT_TRUE(is_told_of("spool_key"));
  FakeDataplane again(*administration_, "NE-1", 'b');
  ASSERT_TRUE(again.attach().ok());
  again.take();
  EXPECT_EQ(again.mediations.at(xid).spool_key().size(), 32u);
  EXPECT_NE(again.mediations.at(xid).spool_key(), key);
}

TEST_F(SpoolKeysTest, WithoutItsKeyNothingDrains) {
  told("ONE");
  administration_->end_warrant(warrant_, done());
  dataplane_->take();
  std::filesystem::remove_all(keys_directory());
  restart_daemon();
  FakeDataplane again(*administration_, "NE-1", 'b');
  ASSERT_TRUE(again.attach().ok());
  EXPECT_EQ(again.take(), 0u);
  EXPECT_TRUE(is_told_of("spool_key"));
}

TEST(SpoolKeysFiles, ADirectoryThatOthersCanReadIsRefused) {
  const TempDir directory;
  const std::string path = directory.file("open");
  std::filesystem::create_directory(path);
  ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  EXPECT_EQ(SpoolKeys::open(path).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(SpoolKeysFiles, HalfAKeyIsNoKey) {
  const TempDir directory;
  std::unique_ptr<SpoolKeys> keys = *SpoolKeys::open(directory.file("keys"));
  const std::string xid = "01234567-89ab-4def-8123-456789abcdef";
  ASSERT_TRUE(keys->get_or_make(xid).ok());
  std::filesystem::resize_file(directory.file("keys") + "/" + xid, 31);
  EXPECT_FALSE(keys->get_or_make(xid).ok());
}

TEST_F(SpoolKeysTest, KeysThatAreMadeTogetherAreEachOnTheDiskOrNone) {
  const std::string first = make_random_uuid().to_string();
  const std::string second = make_random_uuid().to_string();
  ASSERT_TRUE(keys_->make({first, second}).ok());
  const auto reopened = *SpoolKeys::open(keys_directory());
  EXPECT_EQ(reopened->xids(), (std::set<std::string>{first, second}));
  EXPECT_EQ(reopened->get_or_make(first)->text(), keys_->get_or_make(first)->text());
  EXPECT_NE(keys_->get_or_make(first)->text(), keys_->get_or_make(second)->text());
  EXPECT_FALSE(keys_->make({make_random_uuid().to_string(), first}).ok()) << "a key is never replaced";
  EXPECT_EQ(keys_->xids().size(), 2u);
  const std::string blocked = make_random_uuid().to_string();
  std::filesystem::create_directory(keys_directory() + "/" + blocked + ".new");
  EXPECT_FALSE(keys_->make({make_random_uuid().to_string(), blocked}).ok());
  EXPECT_EQ(keys_->xids().size(), 2u);
}

}  // namespace
}  // namespace lictor::control
