// Alarms that people acknowledge, and those that lictord raises about its own certificates.
#include <filesystem>
#include <fstream>

#include "control/access/certificate_expiry.h"
#include "tests/unit/control/access/certificates.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class AlarmsTest : public ControlTest {
 protected:
  uint64_t raise(const char* code) {
    FakeDataplane dataplane(*administration_, "NE-1");
    EXPECT_TRUE(dataplane.attach().ok());
    v1::DataplaneMessage message;
    message.mutable_alarm()->set_code(code);
    dataplane.report(message);
    return alarms()[0].id();
  }
  std::vector<v1::Alarm> alarms() {
    const v1::ListAlarmsReply reply = *administration_->list_alarms({});
    return {reply.alarms().begin(), reply.alarms().end()};
  }
};

TEST_F(AlarmsTest, TheFirstWhoAcknowledgesIsRememberedAlsoAfterARestart) {
  const uint64_t id = raise("records_lost");
  ASSERT_TRUE(administration_->acknowledge_alarm(id, "anna", AlarmsShown::kAll).ok());
  const auto again = administration_->acknowledge_alarm(id, "berta", AlarmsShown::kAll);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->alarm().acknowledged_by(), "anna");
  open();
  EXPECT_EQ(alarms()[0].acknowledged_by(), "anna");
  EXPECT_EQ(alarms()[0].acknowledged_unix_ns(), now_.unix_ns);
  EXPECT_EQ(alarms()[0].cleared_unix_ns(), 0) << "it stands on";
}

TEST_F(AlarmsTest, WhatIsNotShownCannotBeAcknowledged) {
  const uint64_t id = raise("records_lost");
  EXPECT_TRUE(absl::IsNotFound(administration_->acknowledge_alarm(id, "dora", AlarmsShown::kPlatform).status()));
  EXPECT_TRUE(absl::IsNotFound(administration_->acknowledge_alarm(id + 1, "anna", AlarmsShown::kAll).status()));
  EXPECT_EQ(alarms()[0].acknowledged_by(), "");
}

TEST_F(AlarmsTest, WhatAPersonHasToLookAtIsOverWhenItIsAcknowledgedAndNotBefore) {
  administration_->report_own("store_restored", v1::ALARM_SEVERITY_CRITICAL, "a store of an earlier time is served");
  administration_->tick();
  open();
  ASSERT_EQ(alarms().size(), 1U);
  EXPECT_EQ(alarms()[0].cleared_unix_ns(), 0);
  ASSERT_TRUE(administration_->acknowledge_alarm(alarms()[0].id(), "anna", AlarmsShown::kAll).ok());
  EXPECT_EQ(alarms()[0].acknowledged_by(), "anna");
  EXPECT_EQ(alarms()[0].cleared_unix_ns(), now_.unix_ns);
}

class CertificatesTest : public AlarmsTest {
 protected:
  CertificatesTest() {
    write(path_);
    certificates_.files = {{"server", path_}};
    open();
  }
  void write(const std::string& path) { std::ofstream(path) << client_certificate({"lictord"}, {}); }
  // The clock is so many days before the certificate's end.
  void be_days_before(int64_t days) {
    now_ = {*expiry_of(path_) - days * 86'400 * kNanosecondsPerSecond};
    administration_->tick();
  }

  const std::string path_ = directory_.file("server.pem");
};

TEST_F(CertificatesTest, ACertificatesEndIsToldInTimeAndAgainWhenItIsNear) {
  be_days_before(31);
  EXPECT_TRUE(alarms().empty());
  be_days_before(29);
  ASSERT_EQ(alarms().size(), 1u);
  EXPECT_EQ(alarms()[0].code(), "certificate_expires");
  EXPECT_EQ(alarms()[0].destination_id(), "certificate/server");
  EXPECT_EQ(alarms()[0].severity(), v1::ALARM_SEVERITY_WARNING);
  be_days_before(6);
  EXPECT_EQ(alarms().size(), 1u);
  EXPECT_EQ(alarms()[0].severity(), v1::ALARM_SEVERITY_CRITICAL);
  EXPECT_EQ(administration_->figures().certificate_ends.at("server"), *expiry_of(path_));
}

TEST_F(CertificatesTest, AFileThatIsGoneIsToldAndOneThatCameBackEndsTheAlarm) {
  be_days_before(40);
  std::filesystem::remove(path_);
  pass(3601);
  ASSERT_EQ(alarms().size(), 1u);
  EXPECT_EQ(alarms()[0].text(), "cannot be read");
  write(path_);
  pass(3601);
  EXPECT_NE(alarms()[0].cleared_unix_ns(), 0);
}

TEST_F(CertificatesTest, TheFirstOfAChainToEndCountsAndWhatIsNoCertificateIsSaid) {
  const int64_t one = *expiry_of(path_);
  std::ofstream(path_, std::ios::app) << client_certificate({"authority"}, {});
  EXPECT_EQ(*expiry_of(path_), one);
  std::ofstream(path_) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(absl::IsInvalidArgument(expiry_of(path_).status()));
}

}  // namespace
}  // namespace lictor::control
