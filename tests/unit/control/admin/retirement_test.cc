// Network elements that do not come back.
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class RetirementTest : public ControlTest {
 protected:
  RetirementTest() {
    keys_ = *SpoolKeys::open(directory_.file("keys"));
    policy_.desks = true;
    open();
    add_agency();
    EXPECT_TRUE(dataplane().attach().ok());
    id_ = file();
    activate(id_);
    dataplane().take();
  }

  // One for each administration.
  FakeDataplane& dataplane() {
    if (!dataplane_) dataplane_.emplace(*administration_, "NE-1");
    return *dataplane_;
  }
  std::set<std::string> standing() {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    std::set<std::string> codes;
    const v1::ListAlarmsReply reply = *administration_->list_alarms(request);
    for (const v1::Alarm& alarm : reply.alarms()) codes.insert(alarm.code());
    return codes;
  }
  void expect_nothing_of_it() {
    EXPECT_EQ(administration_->list_dataplanes().dataplanes_size(), 0);
    EXPECT_EQ(administration_->list_taps("")->taps_size(), 0);
    EXPECT_EQ(standing(), std::set<std::string>());
  }

  std::string id_;
  std::optional<FakeDataplane> dataplane_;
};

TEST_F(RetirementTest, OneThatDoesNotComeBackIsForgottenOverRestartsToo) {
  dataplane().detach();
  EXPECT_EQ(standing(), (std::set<std::string>{"dataplane_detached", "dataplane_new"}));
  EXPECT_TRUE(administration_->retire_dataplane("NE-1").ok());
  expect_nothing_of_it();
  EXPECT_EQ(administration_->retire_dataplane("NE-1").code(), absl::StatusCode::kNotFound);
  administration_->tick();  // writes the alarms
  open();
  pass(60);
  expect_nothing_of_it();
}

TEST_F(RetirementTest, OneThatIsAttachedIsNot) {
  EXPECT_EQ(administration_->retire_dataplane("NE-1").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(administration_->list_taps("")->taps_size(), 1);
}

TEST_F(RetirementTest, TheKeyOfWhatItHasNotDeliveredGoesOnceItsWarrantIsOver) {
  const std::string xid = warrant(id_).xids(0);
  dataplane().detach();
  administration_->end_warrant(id_, done());
  EXPECT_TRUE(keys_->has(xid)) << "it may come back and deliver";
  EXPECT_TRUE(administration_->retire_dataplane("NE-1").ok());
  EXPECT_FALSE(keys_->has(xid));
}

TEST_F(RetirementTest, IfItComesBackAfterAllItIsANewOneAndToldEverything) {
  dataplane().detach();
  EXPECT_TRUE(administration_->retire_dataplane("NE-1").ok());
  dataplane().restart('b');
  EXPECT_TRUE(dataplane().attach().ok());
  dataplane().take();
  EXPECT_EQ(dataplane().taps.size(), 1U);
  EXPECT_EQ(standing(), std::set<std::string>{"dataplane_new"});
}

TEST_F(RetirementTest, WhoIsOfOneDeskForgetsNoneOfOthers) {
  DeskSet desks;
  desks.add("red");
  dataplane().detach();
  const Caller red{.name = "red (operator)", .person = "red", .desks = desks};
  EXPECT_EQ(administration_->retire_dataplane("NE-1", red).code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace lictor::control
