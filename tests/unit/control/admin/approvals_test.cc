// Four eyes: what extends takes a second person, what reduces a review, an emergency neither, but not for long.
#include <gmock/gmock.h>

#include "control/registry/violations.h"
#include "lictor/v1/approval.pb.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;
using testing::Not;

Caller person(const std::string& name) { return {.name = name + " (role)", .person = name}; }

class FourEyes : public ControlTest {
 protected:
  FourEyes() {
    policy_ = {.four_eyes = true, .emergency = true, .emergency_hours = 2};
    open();
  }
};
class ApprovalsTest : public FourEyes {
 protected:
  ApprovalsTest() {
    add_agency();
    EXPECT_TRUE(dataplane_.attach().ok());
    dataplane_.take();
  }

  std::string file_by(const std::string& name, const std::string& liid = "LIID-1",
                      const std::string& target = "ipv4:192.0.2.7") {
    v1::Warrant warrant = make_warrant(liid);
    warrant.mutable_targets(0)->set_selector(target);
    warrant.clear_start();
    warrant.set_order_sha256(std::string(32, 'x'));
    const Result<v1::WarrantReply> reply = administration_->create_warrant(warrant, person(name));
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply->warrant().id();
  }

  // What becomes of a call when every dataplane answers at once.
  Status outcome(const std::function<void(const Administration::WarrantDone&)>& call) {
    call(done());
    dataplane_.take();
    return done_.has_value() ? done_->status() : absl::DeadlineExceededError("nobody has answered");
  }
  Status submit(const std::string& id, const std::string& name) {
    return outcome([&](const auto& done) { administration_->submit_warrant(id, done, person(name)); });
  }
  v1::ApproveWarrantRequest entry_for(const std::string& id) {
    const v1::Warrant stored = warrant(id);
    const v1::Warrant& waiting = stored.has_proposed() ? stored.proposed() : stored;
    v1::ApproveWarrantRequest request;
    request.set_id(id);
    request.set_revision(stored.revision());
    *request.mutable_entry()->mutable_targets() = waiting.targets();
    request.mutable_entry()->set_liid(waiting.liid());
    request.mutable_entry()->set_end(waiting.end());
    request.mutable_entry()->set_order_sha256(waiting.order_sha256());
    request.mutable_entry()->set_content(waiting.content());
    *request.mutable_entry()->mutable_exclusions() = waiting.exclusions();
    *request.mutable_entry()->mutable_deliveries() = waiting.deliveries();
    return request;
  }
  Status approve(const v1::ApproveWarrantRequest& request, const std::string& name) {
    return outcome([&](const auto& done) { administration_->approve_warrant(request, done, person(name)); });
  }
  Status approve(const std::string& id, const std::string& name) { return approve(entry_for(id), name); }
  Status activate_by(const std::string& id, const std::string& name) {
    return outcome([&](const auto& done) { administration_->activate_warrant(id, done, person(name)); });
  }
  Status modify(const v1::Warrant& changed, const std::string& name) {
    return outcome([&](const auto& done) { administration_->modify_warrant(changed, done, person(name)); });
  }
  std::string active() {
    const std::string id = file_by("anna");
    EXPECT_TRUE(submit(id, "anna").ok());
    EXPECT_TRUE(approve(id, "berta").ok());
    EXPECT_TRUE(activate_by(id, "berta").ok());
    return id;
  }
  v1::WarrantState state(const std::string& id) { return warrant(id).state(); }
  bool alarm_stands(const std::string& code) {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const v1::ListAlarmsReply alarms = *administration_->list_alarms(request);
    return std::ranges::any_of(alarms.alarms(), [&](const v1::Alarm& alarm) { return alarm.code() == code; });
  }
  const v1::Tap& tap() { return dataplane_.taps.begin()->second; }

  FakeDataplane dataplane_{*administration_, "NE-1"};
};

TEST_F(ApprovalsTest, FiledSubmittedApprovedActiveAndNoStepIsLeftOut) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(absl::IsFailedPrecondition(activate_by(id, "berta")));
  EXPECT_TRUE(absl::IsFailedPrecondition(approve(id, "berta")));
  EXPECT_TRUE(submit(id, "anna").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(submit(id, "anna")));
  EXPECT_TRUE(absl::IsFailedPrecondition(activate_by(id, "berta")));
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_TRUE(dataplane_.taps.empty());
  EXPECT_TRUE(activate_by(id, "berta").ok());
  EXPECT_EQ(dataplane_.taps.size(), 1u);
  EXPECT_EQ(warrant(id).filed().person(), "anna");
  EXPECT_EQ(warrant(id).approved().person(), "berta");
  EXPECT_EQ(warrant(id).approved().time_unix_ns(), now_.unix_ns);
  EXPECT_EQ(warrant(id).version(), 1u);
}

TEST_F(ApprovalsTest, NobodyApprovesWhatHeHadAHandIn) {
  const std::string id = file_by("anna");
  v1::Warrant changed = warrant(id);
  changed.set_user_label("other");
  EXPECT_TRUE(modify(changed, "clara").ok());
  EXPECT_TRUE(submit(id, "dora").ok());
  for (const char* const name : {"anna", "clara", "dora", ""})
    EXPECT_TRUE(absl::IsPermissionDenied(approve(id, name))) << name;
  open();
  administration_->approve_warrant(entry_for(id), done(), person("anna"));
  EXPECT_TRUE(absl::IsPermissionDenied(done_->status())) << "after a restart, too";
  administration_->approve_warrant(entry_for(id), done(), person("berta"));
  EXPECT_TRUE(done_->ok());
}

TEST_F(ApprovalsTest, WhatDoesNotAgreeBlocksIsCountedAndIsNotQuoted) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(submit(id, "anna").ok());
  v1::ApproveWarrantRequest request = entry_for(id);
  request.mutable_entry()->mutable_targets(0)->set_selector("ipv4:192.0.2.8");
  const Status refused = approve(request, "berta");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("entry.targets"));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("entry.liid")));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("192.0.2")));
  EXPECT_EQ(administration_->preview_warrant(id)->mismatches(), 1u);
  EXPECT_TRUE(alarm_stands("approval_mismatch"));
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_FALSE(alarm_stands("approval_mismatch"));
}

TEST_F(ApprovalsTest, ContentExclusionsAndDeliveriesAreEnteredToo) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(submit(id, "anna").ok());
  v1::ApproveWarrantRequest request = entry_for(id);
  request.mutable_entry()->set_content(v1::CONTENT_IRI);
  request.mutable_entry()->add_exclusions("198.51.100.0/24");
  request.mutable_entry()->mutable_deliveries(0)->set_hi3_destination_id("hi3-2");
  const std::string message(approve(request, "berta").message());
  EXPECT_THAT(message, HasSubstr("entry.content"));
  EXPECT_THAT(message, HasSubstr("entry.exclusions"));
  EXPECT_THAT(message, HasSubstr("entry.deliveries"));
  EXPECT_THAT(message, Not(HasSubstr("entry.targets")));
}

TEST_F(ApprovalsTest, TheFifthGuessSendsItBack) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(submit(id, "anna").ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(state(id), v1::WARRANT_STATE_SUBMITTED);
    v1::ApproveWarrantRequest request = entry_for(id);
    request.mutable_entry()->set_liid("GUESS");
    EXPECT_TRUE(absl::IsFailedPrecondition(approve(request, "berta")));
  }
  EXPECT_EQ(state(id), v1::WARRANT_STATE_FILED);
  EXPECT_TRUE(absl::IsFailedPrecondition(approve(id, "berta")));
}

TEST_F(ApprovalsTest, WhatWasChangedMeanwhileIsNotApproved) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(submit(id, "anna").ok());
  const v1::ApproveWarrantRequest seen = entry_for(id);
  v1::Warrant changed = warrant(id);
  changed.set_legal_reference("2 A 3/26");
  EXPECT_TRUE(modify(changed, "anna").ok());
  EXPECT_EQ(state(id), v1::WARRANT_STATE_FILED) << "a change takes it back to a draft";
  EXPECT_TRUE(submit(id, "anna").ok());
  EXPECT_EQ(approve(seen, "berta").code(), absl::StatusCode::kAborted);
}

TEST_F(ApprovalsTest, AnApprovedWarrantThatIsChangedIsADraftAgainOfTheSamePersons) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(submit(id, "anna").ok());
  EXPECT_TRUE(approve(id, "berta").ok());
  v1::Warrant changed = warrant(id);
  changed.add_targets()->set_selector("ipv4:192.0.2.8");
  EXPECT_TRUE(modify(changed, "clara").ok());
  EXPECT_EQ(state(id), v1::WARRANT_STATE_FILED);
  EXPECT_TRUE(absl::IsFailedPrecondition(activate_by(id, "berta")));
  EXPECT_TRUE(submit(id, "clara").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(approve(id, "anna")));
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_EQ(warrant(id).version(), 2u);
}

TEST_F(ApprovalsTest, WithoutTheOrdersDocumentNothingIsSubmitted) {
  EXPECT_THAT(std::string(submit(file(), "anna").message()), HasSubstr("warrant.order_sha256"));
}

TEST_F(ApprovalsTest, ASignedOrderMustBeOfThisVersionAndIsKept) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(submit(id, "anna").ok());
  v1::ApproveWarrantRequest request = entry_for(id);
  request.mutable_order()->set_order("another order");
  EXPECT_THAT(std::string(approve(request, "berta").message()), HasSubstr("entry.order:"));
  request = entry_for(id);
  request.mutable_order()->set_order(administration_->preview_warrant(id)->order());
  request.mutable_order()->set_signature("signature");
  EXPECT_TRUE(approve(request, "berta").ok());
  StoredWarrant stored;
  ASSERT_TRUE(stored.ParseFromString((*store_->get("warrant/" + id))->value));
  EXPECT_EQ(stored.order().signature(), "signature");
}

TEST_F(ApprovalsTest, ThePreviewSaysWhatWouldBeBound) {
  const std::string id = file_by("anna");
  EXPECT_TRUE(absl::IsFailedPrecondition(administration_->preview_warrant(id).status()));
  EXPECT_TRUE(submit(id, "anna").ok());
  Result<v1::PreviewWarrantReply> preview = administration_->preview_warrant(id);
  ASSERT_TRUE(preview.ok());
  EXPECT_EQ(preview->tasks(), 1u);
  EXPECT_FALSE(preview->targets(0).shared());
  EXPECT_EQ(preview->targets(0).other_warrants(), 0u);
  v1::Warrant other = make_warrant("OTHER");
  other.mutable_targets(0)->set_selector("flow:tcp,192.0.2.7,any");
  file(other);
  preview = administration_->preview_warrant(id);
  EXPECT_EQ(preview->targets(0).other_warrants(), 1u);
  v1::Order order;
  ASSERT_TRUE(order.ParseFromString(preview->order()));
  EXPECT_EQ(order.warrant_id(), id);
  EXPECT_EQ(order.version(), 1u);
}

TEST_F(ApprovalsTest, AnExtensionWaitsAndThenGoesOnWithoutGapCinOrLiid) {
  const std::string id = active();
  const v1::Warrant before = warrant(id);
  const std::string xid = before.xids(0);
  const uint32_t cin = dataplane_.mediations.at(xid).cin().static_cin();
  v1::Warrant longer = before;
  longer.set_end("2026-11-23T08:00:00Z");
  EXPECT_TRUE(modify(longer, "anna").ok());
  EXPECT_EQ(warrant(id).end(), before.end()) << "the last approved version stays in force";
  EXPECT_EQ(tap().window().end_unix_ns(), before.window().end_unix_ns());
  EXPECT_TRUE(absl::IsPermissionDenied(approve(id, "anna")));
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_EQ(warrant(id).end(), "2026-11-23T08:00:00Z");
  EXPECT_FALSE(warrant(id).has_proposed());
  EXPECT_EQ(warrant(id).xids(0), xid);
  EXPECT_EQ(dataplane_.mediations.at(xid).cin().static_cin(), cin);
  EXPECT_GT(tap().window().end_unix_ns(), before.window().end_unix_ns());
  EXPECT_TRUE(dataplane_.withdrawals.empty());
  EXPECT_EQ(warrant(id).version(), 2u);
}

TEST_F(ApprovalsTest, OneChangeWaitsAtATimeAndMayBeTakenBack) {
  const std::string id = active();
  v1::Warrant wider = warrant(id);
  wider.add_targets()->set_selector("ipv4:192.0.2.8");
  EXPECT_TRUE(modify(wider, "anna").ok());
  wider.set_revision(warrant(id).revision());
  EXPECT_TRUE(absl::IsFailedPrecondition(modify(wider, "anna")));
  v1::RejectWarrantRequest request;
  request.set_id(id);
  request.set_revision(warrant(id).revision());
  EXPECT_TRUE(outcome([&](const auto& done) { administration_->reject_warrant(request, done, person("anna")); }).ok());
  EXPECT_FALSE(warrant(id).has_proposed());
  EXPECT_EQ(tap().targets_size(), 1);
}

TEST_F(ApprovalsTest, AReductionActsAtOnceAndAnotherPersonReviewsIt) {
  const std::string id = active();
  v1::Warrant shorter = warrant(id);
  shorter.set_end("2026-11-21T20:00:00Z");
  EXPECT_TRUE(modify(shorter, "anna").ok());
  EXPECT_EQ(tap().window().end_unix_ns(), warrant(id).window().end_unix_ns());
  EXPECT_EQ(warrant(id).end(), "2026-11-21T20:00:00Z");
  EXPECT_EQ(warrant(id).reduced().person(), "anna");
  EXPECT_TRUE(alarm_stands("reduction_unreviewed"));
  const auto review = [&](const std::string& name) {
    return outcome([&](const auto& done) { administration_->review_reduction(id, done, person(name)); });
  };
  EXPECT_TRUE(absl::IsPermissionDenied(review("anna")));
  EXPECT_TRUE(review("berta").ok());
  EXPECT_FALSE(alarm_stands("reduction_unreviewed"));
  EXPECT_TRUE(absl::IsFailedPrecondition(review("berta")));
}

TEST_F(ApprovalsTest, WhatBothExtendsAndReducesIsRefused) {
  v1::Warrant other = warrant(active());
  other.mutable_targets(0)->set_selector("ipv4:192.0.2.8");
  const Status refused = modify(other, "anna");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("two changes"));
  EXPECT_FALSE(warrant(other.id()).has_proposed());
}

TEST_F(ApprovalsTest, AReductionDropsWhatWasProposedBefore) {
  const std::string id = active();
  v1::Warrant longer = warrant(id);
  longer.set_end("2026-11-23T08:00:00Z");
  EXPECT_TRUE(modify(longer, "anna").ok());
  v1::Warrant less = warrant(id);
  less.set_content(v1::CONTENT_IRI);
  EXPECT_TRUE(modify(less, "clara").ok());
  EXPECT_FALSE(warrant(id).has_proposed());
  EXPECT_EQ(tap().content(), v1::CONTENT_IRI);
}

TEST_F(ApprovalsTest, EndingIsReviewedThoughTheWarrantIsOver) {
  const std::string id = active();
  EXPECT_TRUE(outcome([&](const auto& done) { administration_->end_warrant(id, done, person("anna")); }).ok());
  pass(1);
  open();
  EXPECT_TRUE(alarm_stands("reduction_unreviewed")) << "after a restart, too";
  administration_->review_reduction(id, done(), person("berta"));
  ASSERT_TRUE(done_.has_value() && done_->ok()) << done_->status();
  EXPECT_FALSE(alarm_stands("reduction_unreviewed"));
}

TEST_F(ApprovalsTest, SuspendingTakesOnePersonAndResumingTwo) {
  const std::string id = active();
  const std::string xid = warrant(id).xids(0);
  EXPECT_TRUE(outcome([&](const auto& done) { administration_->suspend_warrant(id, done, person("anna")); }).ok());
  EXPECT_EQ(state(id), v1::WARRANT_STATE_SUSPENDED);
  EXPECT_TRUE(dataplane_.taps.empty());
  ASSERT_EQ(dataplane_.withdrawals.size(), 1u);
  EXPECT_EQ(dataplane_.withdrawals[0].reason(), v1::WITHDRAWAL_REASON_ENDED) << "what was copied is delivered";
  EXPECT_TRUE(outcome([&](const auto& done) { administration_->resume_warrant(id, done, person("anna")); }).ok());
  EXPECT_EQ(state(id), v1::WARRANT_STATE_SUSPENDED);
  EXPECT_TRUE(dataplane_.taps.empty());
  EXPECT_TRUE(absl::IsPermissionDenied(approve(id, "anna")));
  EXPECT_TRUE(approve(id, "berta").ok());
  EXPECT_EQ(state(id), v1::WARRANT_STATE_ACTIVE);
  ASSERT_EQ(dataplane_.taps.size(), 1u);
  EXPECT_NE(dataplane_.taps.begin()->first, xid) << "a task does not come back";
}

class EmergencyTest : public ApprovalsTest {
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
