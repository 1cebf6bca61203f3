// Emergencies: what one person may begin alone, for how long, and not again.
#include <gmock/gmock.h>

#include "tests/unit/control/support/four_eyes_test.h"

namespace lictor::control {
namespace {

class EmergencyTest : public FourEyesTest {
 protected:
  Status emergency(const std::string& id, const std::string& name, const std::string& reason = "a life") {
    v1::ActivateEmergencyRequest request;
    request.set_id(id);
    request.set_reason(reason);
    return outcome([&](const auto& done) { administration_->activate_emergency(request, done, person(name)); });
  }
};

TEST_F(EmergencyTest, BeginsByOnePersonAndEndsByItselfAlsoForTheDataplane) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(absl::IsInvalidArgument(emergency(id, "anna", ""))) << "it wants a reason";
  EXPECT_TRUE(emergency(id, "anna").ok());
  const int64_t until = now_.unix_ns + 2 * 3600 * kNanosecondsPerSecond;
  EXPECT_EQ(tap().window().end_unix_ns(), until);
  EXPECT_EQ(tap().lease_unix_ns(), until);
  EXPECT_EQ(warrant(id).emergency_until_unix_ns(), until);
  EXPECT_TRUE(alarm_stands("emergency_unapproved"));
  pass(2 * 3600 + 2);
  EXPECT_EQ(state(id), v1::WARRANT_STATE_EXPIRED);
  EXPECT_FALSE(alarm_stands("emergency_unapproved"));
}

TEST_F(EmergencyTest, ApprovedItGoesOnToItsEndInTheSameTask) {
  const std::string id = file_by("anna");
  pass(60);
  EXPECT_TRUE(emergency(id, "anna").ok());
  const std::string xid = warrant(id).xids(0);
  EXPECT_TRUE(absl::IsPermissionDenied(approve(id, "anna")));
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_FALSE(alarm_stands("emergency_unapproved"));
  EXPECT_EQ(warrant(id).emergency_until_unix_ns(), 0);
  EXPECT_EQ(warrant(id).xids(0), xid);
  EXPECT_EQ(tap().window().end_unix_ns(), warrant(id).window().end_unix_ns());
  pass(2 * 3600 + 2);
  EXPECT_EQ(state(id), v1::WARRANT_STATE_ACTIVE);
}

TEST_F(EmergencyTest, ASecondPersonsNoEndsIt) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(emergency(id, "anna").ok());
  v1::RejectWarrantRequest request;
  request.set_id(id);
  request.set_revision(warrant(id).revision());
  EXPECT_TRUE(outcome([&](const auto& done) { administration_->reject_warrant(request, done, person("berta")); }).ok());
  EXPECT_EQ(state(id), v1::WARRANT_STATE_ENDED);
}

TEST_F(EmergencyTest, IsNotLengthenedByChangingIt) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(emergency(id, "anna").ok());
  const int64_t until = tap().window().end_unix_ns();
  v1::Warrant longer = warrant(id);
  longer.set_end("2026-11-23T08:00:00Z");
  EXPECT_TRUE(modify(longer, "anna").ok());
  EXPECT_EQ(tap().window().end_unix_ns(), until);
  v1::Warrant less = warrant(id);
  less.set_content(v1::CONTENT_IRI);
  EXPECT_TRUE(modify(less, "anna").ok());
  EXPECT_EQ(tap().window().end_unix_ns(), until);
  EXPECT_EQ(tap().content(), v1::CONTENT_IRI);
  EXPECT_EQ(warrant(id).proposed().content(), v1::CONTENT_IRI) << "what waits is the rest of what is in force";
  EXPECT_TRUE(absl::IsFailedPrecondition(emergency(id, "anna"))) << "a second one does not begin where it ended";
}

TEST_F(EmergencyTest, WherePolicyDoesNotAllowItNothingBegins) {
  policy_.emergency = false;
  open();  // dataplane_ is of the former one
  v1::ActivateEmergencyRequest request;
  request.set_id(file_by("anna"));
  request.set_reason("a life");
  administration_->activate_emergency(request, done(), person("anna"));
  ASSERT_TRUE(done_.has_value() && absl::IsFailedPrecondition(done_->status()));
}

TEST_F(EmergencyTest, OneOnTheSameTargetDoesNotFollowAnother) {
  EXPECT_TRUE(emergency(file_by("anna"), "anna").ok());
  const std::string second = file_by("clara", "LIID-2", "ipv4:192.0.2.0/24");
  EXPECT_TRUE(absl::IsFailedPrecondition(emergency(second, "clara"))) << "not beside it";
  pass(2 * 3600 + 2);
  EXPECT_TRUE(absl::IsFailedPrecondition(emergency(second, "clara"))) << "not behind it";
  open();
  v1::ActivateEmergencyRequest request;
  request.set_id(second);
  request.set_reason("a life");
  administration_->activate_emergency(request, done(), person("clara"));
  EXPECT_TRUE(absl::IsFailedPrecondition(done_->status())) << "a restart forgets nothing";
  const std::string elsewhere = file_by("clara", "LIID-3", "ipv4:198.51.100.7");
  request.set_id(elsewhere);
  administration_->activate_emergency(request, done(), person("clara"));
  EXPECT_TRUE(done_->ok()) << done_->status();
}

TEST_F(EmergencyTest, WhatAnotherPersonHadApprovedIsInNobodysWay) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(emergency(id, "anna").ok());
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_TRUE(emergency(file_by("anna", "LIID-2"), "anna").ok());
}

TEST_F(EmergencyTest, OneThatLapsesStandsUntilAnotherPersonHasReviewedIt) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(emergency(id, "anna").ok());
  EXPECT_FALSE(alarm_stands("emergency_unreviewed"));
  pass(2 * 3600 + 2);
  ASSERT_EQ(state(id), v1::WARRANT_STATE_EXPIRED);
  EXPECT_TRUE(alarm_stands("emergency_unreviewed"));
  EXPECT_FALSE(alarm_stands("reduction_unreviewed"));
  const auto review = [&](const std::string& name) {
    return outcome([&](const auto& done) { administration_->review_reduction(id, done, person(name)); });
  };
  EXPECT_TRUE(absl::IsPermissionDenied(review("anna")));
  EXPECT_TRUE(review("berta").ok());
  EXPECT_FALSE(alarm_stands("emergency_unreviewed"));
}

TEST_F(EmergencyTest, WhoeverBeganItDoesNotEndItUnseen) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(emergency(id, "anna").ok());
  EXPECT_TRUE(outcome([&](const auto& done) { administration_->end_warrant(id, done, person("anna")); }).ok());
  EXPECT_TRUE(alarm_stands("emergency_unreviewed"));
}

TEST_F(EmergencyTest, WantsAReason) { EXPECT_TRUE(absl::IsInvalidArgument(emergency(file_by("anna"), "anna", ""))); }

}  // namespace
}  // namespace lictor::control
