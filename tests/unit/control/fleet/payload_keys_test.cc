// The life of warrants' payload keys: filed or made, told with every mediation, outside of the store, there beyond the
// last delivery; erased when the order is annulled or too old; never brought back, and then another one under new XIDs.
#include "control/fleet/payload_keys.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "control/registry/uuid.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;

const std::string kKey256(32, 'f');

v1::Agency keyed_agency(v1::PayloadEncryption method = v1::PAYLOAD_ENCRYPTION_AES_256_CBC) {
  v1::Agency agency = make_agency();
  agency.mutable_profile()->mutable_encryption()->set_method(method);
  agency.mutable_profile()->mutable_encryption()->set_key_per_warrant(true);
  return agency;
}

class PayloadKeysTest : public ControlTest {
 protected:
  PayloadKeysTest() {
    restart_daemon();
    dataplane_ = std::make_unique<FakeDataplane>(*administration_, "NE-1");
    EXPECT_TRUE(dataplane_->attach().ok());
  }
  [[nodiscard]] std::string keys_directory() const { return directory_.file("keys"); }
  void restart_daemon() {
    if (dataplane_) dataplane_->detach();
    keys_ = *SpoolKeys::open(keys_directory());
    payload_keys_ = *PayloadKeys::open(keys_directory());
    open();
  }
  std::string filed(const std::string& liid, const std::string& key = "") {
    v1::Warrant warrant = make_warrant(liid);
    warrant.set_payload_key(key);
    return file(warrant);
  }
  std::string active(const std::string& liid, const std::string& key = "") {
    const std::string id = filed(liid, key);
    activate(id);
    dataplane_->take();
    return id;
  }
  // What a person is answered.
  std::string key_of(const std::string& warrant_id) {
    const Result<v1::GetPayloadKeyReply> reply = administration_->get_payload_key(warrant_id);
    EXPECT_TRUE(reply.ok() || absl::IsNotFound(reply.status()));
    return reply.ok() ? reply->key() : "";
  }
  std::string told_of(const std::string& warrant_id) {
    return dataplane_->mediations.at(warrant(warrant_id).xids(0)).payload_key();
  }
  Status update(v1::Agency agency) {
    agency.set_revision(administration_->get_agency(agency.id())->revision());
    return administration_->update_agency(agency).status();
  }
  Status modify(const std::string& warrant_id, const std::string& key) {
    v1::Warrant changed = warrant(warrant_id);
    changed.set_payload_key(key);
    administration_->modify_warrant(changed, done());
    dataplane_->take();
    return done_ ? done_->status() : absl::UnavailableError("not answered");
  }
  bool stands(const std::string& code) {
    v1::ListAlarmsRequest request;
    const Result<v1::ListAlarmsReply> alarms = administration_->list_alarms(request);
    return std::ranges::any_of(
        alarms->alarms(), [&](const v1::Alarm& alarm) { return alarm.code() == code && alarm.cleared_unix_ns() == 0; });
  }

  std::unique_ptr<FakeDataplane> dataplane_;
};

TEST_F(PayloadKeysTest, AKeyThatIsFiledIsTheOneThatIsToldAndAnswered) {
  add_agency(keyed_agency());
  const std::string id = active("ONE", kKey256);
  EXPECT_EQ(told_of(id), kKey256);
  EXPECT_EQ(key_of(id), kKey256);
  EXPECT_TRUE(warrant(id).payload_key().empty()) << "it is answered by its own call alone";
}

TEST_F(PayloadKeysTest, WithoutOneEachWarrantGetsItsOwnWhenItIsFiled) {
  add_agency(keyed_agency(v1::PAYLOAD_ENCRYPTION_AES_192_CBC));
  const std::string id = filed("ONE");
  const std::string key = key_of(id);
  EXPECT_EQ(key.size(), 24U);
  activate(id);
  dataplane_->take();
  EXPECT_EQ(told_of(id), key);
  EXPECT_NE(told_of(active("TWO")), key);
  struct stat status {};
  ASSERT_EQ(::stat((keys_directory() + "/" + id + ".payload").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(PayloadKeysTest, AWarrantOfAnotherAgencyHasNone) {
  add_agency();
  const std::string id = active("ONE");
  EXPECT_EQ(told_of(id), "");
  EXPECT_EQ(key_of(id), "");
  EXPECT_TRUE(absl::IsNotFound(administration_->get_payload_key("nobody").status()));
}

TEST_F(PayloadKeysTest, WithoutAPlaceForKeysSuchAWarrantIsRefused) {
  payload_keys_.reset();
  open();
  add_agency(keyed_agency());
  EXPECT_FALSE(administration_->create_warrant(make_warrant("ONE")).ok());
}

TEST_F(PayloadKeysTest, TheKeyIsTheSameForEveryProcess) {
  add_agency(keyed_agency());
  const std::string id = active("ONE");
  const std::string key = told_of(id);
  const std::string xid = warrant(id).xids(0);
  dataplane_->detach();
  dataplane_->restart('b');
  ASSERT_TRUE(dataplane_->attach().ok());
  dataplane_->take();
  EXPECT_EQ(told_of(id), key);
  restart_daemon();
  FakeDataplane again(*administration_, "NE-1", 'c');
  ASSERT_TRUE(again.attach().ok());
  again.take();
  EXPECT_EQ(again.mediations.at(xid).payload_key(), key);
  EXPECT_FALSE(stands("payload_key"));
}

TEST_F(PayloadKeysTest, TheStoreNeverSeesAKey) {
  add_agency(keyed_agency());
  const std::string id = active("ONE", kKey256);
  ASSERT_TRUE(modify(id, std::string(32, 'g')).ok());
  const std::string made = key_of(active("TWO"));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.file(""))) {
    if (!entry.is_regular_file()) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    for (const std::string& key : {kKey256, std::string(32, 'g'), made})
      EXPECT_EQ(all.find(key), std::string::npos) << entry.path();
  }
}

TEST_F(PayloadKeysTest, WhoGotTheRecordsCanAskForTheKeyUntilItIsTooOld) {
  add_agency(keyed_agency());
  const std::string id = active("ONE", kKey256);
  const std::string xid = warrant(id).xids(0);
  administration_->end_warrant(id, done());
  dataplane_->take();
  dataplane_->report_delivered(std::string(reinterpret_cast<const char*>(parse_uuid(xid)->octets.data()), 16));
  EXPECT_FALSE(keys_->has(xid));
  pass(7 * 24 * 3600);
  EXPECT_EQ(key_of(id), kKey256);
  pass(2 * 24 * 3600);
  EXPECT_EQ(key_of(id), "");
  EXPECT_FALSE(std::filesystem::exists(keys_directory() + "/" + id + ".payload"));
}

TEST_F(PayloadKeysTest, RevokingErasesTheKeyAtOnceAlsoOfWhatHasEnded) {
  add_agency(keyed_agency());
  const std::string first = active("ONE");
  administration_->revoke_warrant(first, done());
  EXPECT_EQ(key_of(first), "");
  const std::string second = active("TWO");
  administration_->end_warrant(second, done());
  EXPECT_NE(key_of(second), "");
  administration_->revoke_warrant(second, done());
  EXPECT_EQ(key_of(second), "");
  EXPECT_TRUE(payload_keys_->warrant_ids().empty());
}

TEST_F(PayloadKeysTest, AWarrantThatWasNeverInForceLeavesNone) {
  add_agency(keyed_agency());
  const std::string id = filed("ONE");
  administration_->end_warrant(id, done());
  EXPECT_EQ(key_of(id), "");
}

TEST_F(PayloadKeysTest, AKeyWithoutAWarrantIsSweptAway) {
  const std::string nobody = make_random_uuid().to_string();
  ASSERT_TRUE(payload_keys_->stage(nobody, kKey256).ok());
  ASSERT_TRUE(payload_keys_->publish(nobody, kKey256.size()).ok());
  pass(3601);
  EXPECT_TRUE(payload_keys_->warrant_ids().empty());
}

TEST_F(PayloadKeysTest, AnotherKeyBeforeActivationTakesItsPlace) {
  add_agency(keyed_agency());
  const std::string id = filed("ONE");
  ASSERT_TRUE(modify(id, kKey256).ok());
  activate(id);
  dataplane_->take();
  EXPECT_EQ(told_of(id), kKey256);
}

TEST_F(PayloadKeysTest, AnotherKeyInForceIsANewTaskAndTheSameIsNone) {
  add_agency(keyed_agency());
  const std::string id = active("ONE", kKey256);
  const std::string xid = warrant(id).xids(0);
  ASSERT_TRUE(modify(id, kKey256).ok());
  EXPECT_EQ(warrant(id).xids(0), xid);
  const std::string other(32, 'g');
  ASSERT_TRUE(modify(id, other).ok());
  EXPECT_NE(warrant(id).xids(0), xid);
  EXPECT_EQ(told_of(id), other);
  EXPECT_EQ(key_of(id), other);
  EXPECT_EQ(dataplane_->mediations.count(xid), 0U);
  EXPECT_FALSE(modify(id, std::string(24, 'g')).ok());
  EXPECT_EQ(key_of(id), other);
}

TEST_F(PayloadKeysTest, AProfileThatBeginsToWantKeysGivesThemToItsWarrants) {
  add_agency();
  const std::string waiting = filed("ONE");
  const std::string id = active("TWO");
  const std::string xid = warrant(id).xids(0);
  ASSERT_TRUE(update(keyed_agency()).ok());
  dataplane_->take();
  EXPECT_EQ(warrant(id).xids(0), xid) << "a change of the profile as any other";
  EXPECT_EQ(told_of(id).size(), 32U);
  EXPECT_EQ(key_of(id), told_of(id));
  EXPECT_TRUE(stands("payload_key")) << "their agency has none of them";
  EXPECT_EQ(key_of(waiting).size(), 32U);
}

TEST_F(PayloadKeysTest, AProfileThatWantsThemNoMoreLeavesThemForWhatIsDelivered) {
  add_agency(keyed_agency());
  const std::string id = active("ONE", kKey256);
  ASSERT_TRUE(update(make_agency()).ok());
  dataplane_->take();
  EXPECT_EQ(told_of(id), "");
  EXPECT_EQ(key_of(id), kKey256);
  ASSERT_TRUE(update(keyed_agency()).ok());
  dataplane_->take();
  EXPECT_EQ(told_of(id), kKey256);
}

TEST_F(PayloadKeysTest, AMethodThatTheKeysOfItsWarrantsDoNotFitIsRefused) {
  add_agency(keyed_agency(v1::PAYLOAD_ENCRYPTION_AES_192_CBC));
  const std::string id = filed("ONE");
  const std::string key = key_of(id);
  const Status status = update(keyed_agency(v1::PAYLOAD_ENCRYPTION_AES_256_CBC));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("agency.profile.encryption.method"));
  EXPECT_EQ(key_of(id), key);
  administration_->end_warrant(id, done());
  EXPECT_TRUE(update(keyed_agency(v1::PAYLOAD_ENCRYPTION_AES_256_CBC)).ok());
}

TEST_F(PayloadKeysTest, ARestoredStoreBringsNoKeyBackAndAnotherOneIsANewTask) {
  add_agency(keyed_agency());
  const std::string id = active("ONE", kKey256);
  const std::string waiting = filed("TWO", kKey256);
  const std::string xid = warrant(id).xids(0);
  v1::Hello hello = dataplane_->hello();
  dataplane_->detach();
  std::filesystem::remove(keys_directory() + "/" + id + ".payload");
  std::filesystem::remove(keys_directory() + "/" + waiting + ".payload");
  restart_daemon();
  EXPECT_TRUE(stands("payload_key"));
  EXPECT_NE(warrant(id).xids(0), xid) << "a dataplane may still encrypt that one by the lost key";
  FakeDataplane again(*administration_, "NE-1");
  again.hello() = hello;  // the same process resumes
  again.mediations[xid] = {};
  ASSERT_TRUE(again.attach().ok());
  ASSERT_FALSE(again.welcome.full());
  again.take();
  EXPECT_EQ(again.mediations.count(xid), 0U);
  const std::string told = again.mediations.at(warrant(id).xids(0)).payload_key();
  EXPECT_EQ(told.size(), 32U);
  EXPECT_NE(told, kKey256);
  EXPECT_EQ(key_of(id), told);
  EXPECT_TRUE(stands("payload_key")) << "of the other one";
  EXPECT_NE(key_of(waiting), kKey256);
  EXPECT_FALSE(stands("payload_key")) << "whoever asked knows";
}

TEST_F(PayloadKeysTest, ThatAKeyCouldNotBeErasedIsTheBusinessOfItsDeskAlone) {
  policy_.desks = true;
  restart_daemon();
  const auto of_desk = [](const std::string& desk) {
    DeskSet desks;
    EXPECT_TRUE(desks.add(desk));
    return Caller{.name = desk, .person = desk, .desks = desks};
  };
  add_agency(keyed_agency());
  const std::string id = administration_->create_warrant(make_warrant(), of_desk("red"))->warrant().id();
  std::filesystem::remove(keys_directory() + "/" + id + ".payload");
  std::filesystem::create_directory(keys_directory() + "/" + id + ".payload");  // cannot be unlinked
  administration_->end_warrant(id, done(), of_desk("red"));
  administration_->tick();
  const v1::ListAlarmsReply red = *administration_->list_alarms({}, of_desk("red"));
  ASSERT_EQ(red.alarms_size(), 1);
  EXPECT_EQ(red.alarms(0).code(), "payload_key_failed");
  EXPECT_EQ(red.alarms(0).destination_id(), "warrant/" + id);
  EXPECT_EQ(administration_->list_alarms({}, of_desk("blue"))->alarms_size(), 0);
  const auto acknowledge = [&](const std::string& desk, AlarmsShown shown) {
    return administration_->acknowledge_alarm(red.alarms(0).id(), desk, shown, of_desk(desk)).status();
  };
  EXPECT_TRUE(absl::IsNotFound(acknowledge("blue", AlarmsShown::kAll)));
  EXPECT_TRUE(absl::IsNotFound(acknowledge("red", AlarmsShown::kPlatform)));
  EXPECT_TRUE(acknowledge("red", AlarmsShown::kAll).ok());
}

// What a failed write leaves is none that anybody is told of; what a failed removal leaves is tried again.
TEST(PayloadKeysFiles, WhatCouldNotBePublishedIsGoneAndWhatCouldNotBeErasedStaysKnown) {
  const TempDir directory;
  const std::string id = make_random_uuid().to_string();
  std::unique_ptr<PayloadKeys> keys = *PayloadKeys::open(directory.file("keys"));
  const std::string path = directory.file("keys") + "/" + id + ".payload";
  std::filesystem::create_directory(path);  // nothing can be renamed to it
  ASSERT_TRUE(keys->stage(id, kKey256).ok());
  EXPECT_FALSE(keys->publish(id, kKey256.size()).ok());
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  EXPECT_EQ(keys->bytes_of(id), 0U);
  std::filesystem::remove(path);
  ASSERT_TRUE(keys->stage(id, kKey256).ok());
  ASSERT_TRUE(keys->publish(id, kKey256.size()).ok());
  std::filesystem::rename(directory.file("keys"), directory.file("away"));
  EXPECT_FALSE(keys->erase(id).ok());
  EXPECT_EQ(keys->warrant_ids().count(id), 1U);
  std::filesystem::rename(directory.file("away"), directory.file("keys"));
  EXPECT_TRUE(keys->erase(id).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(keys->warrant_ids().count(id), 0U);
}

TEST(PayloadKeysFiles, HalfAKeyIsNoKeyAndWhatWasOnlyStagedIsGone) {
  const TempDir directory;
  const std::string half = make_random_uuid().to_string();
  const std::string staged = make_random_uuid().to_string();
  std::unique_ptr<PayloadKeys> keys = *PayloadKeys::open(directory.file("keys"));
  ASSERT_TRUE(keys->stage(half, kKey256).ok() && keys->publish(half, kKey256.size()).ok());
  ASSERT_TRUE(keys->stage(staged, kKey256).ok());
  EXPECT_EQ(keys->bytes_of(half), 32U);
  std::filesystem::resize_file(directory.file("keys") + "/" + half + ".payload", 31);
  EXPECT_FALSE(keys->get(half).ok());
  keys = *PayloadKeys::open(directory.file("keys"));
  EXPECT_EQ(keys->bytes_of(half), 0U);
  EXPECT_EQ(keys->bytes_of(staged), 0U);
  EXPECT_FALSE(std::filesystem::exists(directory.file("keys") + "/" + staged + ".payload.new"));
  ASSERT_TRUE(keys->erase(half).ok());
  EXPECT_TRUE(keys->warrant_ids().empty());
}

}  // namespace
}  // namespace lictor::control
