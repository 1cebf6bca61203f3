// Four eyes: what extends takes a second person, what reduces a review, an emergency neither, but not for long.
#include <gmock/gmock.h>

#include "control/registry/violations.h"
#include "lictor/v1/approval.pb.h"
#include "tests/unit/control/support/four_eyes_test.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;
using testing::Not;

using ApprovalsTest = FourEyesTest;

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

}  // namespace
}  // namespace lictor::control
