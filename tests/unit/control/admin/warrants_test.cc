// The life of warrants.
#include "control/registry/violations.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class WarrantsTest : public ControlTest {
 protected:
  WarrantsTest() { add_agency(); }

  absl::StatusCode code_of(const std::function<void()>& call) {
    call();
    return done_.has_value() ? done_->status().code() : absl::StatusCode::kUnknown;
  }
  v1::WarrantState state(const std::string& id) { return warrant(id).state(); }
};

TEST_F(WarrantsTest, AFiledWarrantTellsNobody) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  dataplane.take();
  const std::string id = file();
  EXPECT_EQ(state(id), v1::WARRANT_STATE_FILED);
  EXPECT_EQ(dataplane.take(), 0u);
  EXPECT_EQ(warrant(id).xids_size(), 0);
}

TEST_F(WarrantsTest, ALiidIsUsedOnceInAnAgencyForEver) {
  const std::string id = file(make_warrant("AB"));
  const auto again = administration_->create_warrant(make_warrant("0x4142"));
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(again.status().message().find("warrant.liid") == 0);
  administration_->revoke_warrant(id, done());
  ASSERT_TRUE(administration_->delete_agency("police").ok());
  open();
  add_agency();
  EXPECT_EQ(administration_->create_warrant(make_warrant("AB")).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(WarrantsTest, AnotherAgencyMayUseTheSameLiidAndLearnsNothing) {
  file(make_warrant("AB"));
  add_agency(make_agency("tax"));
  EXPECT_TRUE(administration_->create_warrant(make_warrant("AB", "tax")).ok());
}

TEST_F(WarrantsTest, ActivationWaitsForTheDataplanesAndCountsThem) {
  FakeDataplane first(*administration_, "NE-1");
  FakeDataplane second(*administration_, "NE-2");
  ASSERT_TRUE(first.attach().ok());
  ASSERT_TRUE(second.attach().ok());
  const std::string id = file();
  activate(id);
  EXPECT_EQ(first.wakes, 1);
  first.take();
  EXPECT_FALSE(done_.has_value());
  second.take();
  ASSERT_TRUE(done_.has_value() && done_->ok());
  EXPECT_EQ((**done_).dataplanes_told(), 2u);
  EXPECT_EQ((**done_).dataplanes_acknowledged(), 2u);
  EXPECT_EQ((**done_).warrant().state(), v1::WARRANT_STATE_ACTIVE);
  EXPECT_EQ((**done_).warrant().xids_size(), 1);
  EXPECT_EQ((**done_).warrant().revision(), warrant(id).revision());
}

TEST_F(WarrantsTest, ASilentDataplaneIsWaitedForOnlySoLong) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  activate(file());
  dataplane.take(SIZE_MAX, false);
  EXPECT_FALSE(done_.has_value());
  pass(1);
  ASSERT_TRUE(done_.has_value() && done_->ok());
  EXPECT_EQ((**done_).dataplanes_told(), 1u);
  EXPECT_EQ((**done_).dataplanes_acknowledged(), 0u);
}

TEST_F(WarrantsTest, TheWindowBeginsWithTheActivationAtTheEarliest) {
  v1::Warrant now = make_warrant();
  now.clear_start();
  const std::string id = file(now);
  pass(60);
  activate(id);
  EXPECT_EQ(warrant(id).window().start_unix_ns(), now_.unix_ns);
  EXPECT_EQ(warrant(id).start(), "2026-11-21T08:01:00Z");
  const std::string later = file(make_warrant("LATER"));
  activate(later);
  EXPECT_EQ(warrant(later).start(), "2026-11-21T09:00:00Z");
}

TEST_F(WarrantsTest, WhatWasFiledUnderAWiderPolicyIsNotActivatedUnderTodays) {
  policy_.lab = true;
  open();
  v1::Warrant private_address = make_warrant();
  private_address.mutable_targets(0)->set_selector("ipv4:10.0.0.1");
  const std::string id = file(private_address);
  policy_.lab = false;
  open();
  EXPECT_EQ(code_of([&] { activate(id); }), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(done_->status().message().find("warrant.targets[0].selector"), std::string::npos) << done_->status();
  EXPECT_EQ(state(id), v1::WARRANT_STATE_FILED);
  policy_.lab = true;
  open();
  EXPECT_EQ(code_of([&] { activate(id); }), absl::StatusCode::kOk);
}

TEST_F(WarrantsTest, OnlyAFiledWarrantIsActivatedAndOnlyALiveOneEnded) {
  const std::string id = file();
  activate(id);
  EXPECT_EQ(code_of([&] { activate(id); }), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code_of([&] { administration_->end_warrant(id, done()); }), absl::StatusCode::kOk);
  EXPECT_EQ(code_of([&] { administration_->end_warrant(id, done()); }), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code_of([&] { activate(id); }), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code_of([&] { administration_->modify_warrant(warrant(id), done()); }),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code_of([&] { activate("no such id"); }), absl::StatusCode::kNotFound);
}

// It is what is certified.
TEST_F(WarrantsTest, TheWindowOfAWarrantThatWasEndedIsOverWhenItWasAndNotWhenItWasOrdered) {
  const std::string id = file();
  activate(id);
  const int64_t begun = warrant(id).window().start_unix_ns();
  pass(7200);  // it begins in an hour
  administration_->end_warrant(id, done());
  const int64_t ended = now_.unix_ns;
  EXPECT_EQ(warrant(id).window().end_unix_ns(), ended);
  EXPECT_EQ(warrant(id).window().start_unix_ns(), begun);
  pass(10);
  administration_->revoke_warrant(id, done());
  EXPECT_EQ(warrant(id).window().end_unix_ns(), ended) << "nothing was copied since";
}

TEST_F(WarrantsTest, AWarrantThatIsEndedBeforeItsWindowBeginsHasHadNone) {
  const std::string id = file();
  activate(id);
  ASSERT_GT(warrant(id).window().start_unix_ns(), now_.unix_ns);
  administration_->end_warrant(id, done());
  EXPECT_EQ(warrant(id).window().end_unix_ns(), warrant(id).window().start_unix_ns());
}

TEST_F(WarrantsTest, AnEndedWarrantCanStillBeAnnulledAndThenPurges) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  const std::string id = file();
  activate(id);
  dataplane.take();
  administration_->end_warrant(id, done());
  dataplane.take();
  dataplane.mediations[warrant(id).xids(0)] = {};  // draining
  EXPECT_EQ(code_of([&] {
              administration_->revoke_warrant(id, done());
              dataplane.take();
            }),
            absl::StatusCode::kOk);
  ASSERT_EQ(dataplane.withdrawals.size(), 2u);
  EXPECT_EQ(dataplane.withdrawals[1].reason(), v1::WITHDRAWAL_REASON_REVOKED);
  EXPECT_EQ(state(id), v1::WARRANT_STATE_REVOKED);
}

TEST_F(WarrantsTest, AWindowThatEndsExpiresTheWarrantALittleLater) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  const std::string id = file();
  const std::string never_activated = file(make_warrant("FILED"));
  activate(id);
  dataplane.take();
  pass(24 * 3600);
  EXPECT_EQ(state(id), v1::WARRANT_STATE_ACTIVE);  // the dataplane ends it to the packet; the books are closed after it
  pass(1);
  EXPECT_EQ(state(id), v1::WARRANT_STATE_EXPIRED);
  EXPECT_EQ(state(never_activated), v1::WARRANT_STATE_EXPIRED);
  EXPECT_EQ(dataplane.take(), 1u);
  EXPECT_EQ(dataplane.withdrawals.at(0).reason(), v1::WITHDRAWAL_REASON_ENDED);
}

TEST_F(WarrantsTest, WhatEndedWhileTheDaemonWasDownExpiresAtItsStart) {
  const std::string id = file();
  activate(id);
  now_.unix_ns += 48 * 3600 * kNanosecondsPerSecond;
  open();
  administration_->tick();
  EXPECT_EQ(state(id), v1::WARRANT_STATE_EXPIRED);
}

TEST_F(WarrantsTest, AWindowThatIsOverIsNotActivatedNorProlonged) {
  const std::string filed = file();
  const std::string active = file(make_warrant("ACTIVE"));
  activate(active);
  v1::Warrant longer = warrant(active);
  longer.set_end("2026-12-01T00:00:00Z");
  now_.unix_ns += 24 * 3600 * kNanosecondsPerSecond;
  EXPECT_EQ(code_of([&] { activate(filed); }), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code_of([&] { administration_->modify_warrant(longer, done()); }), absl::StatusCode::kFailedPrecondition);
}

TEST_F(WarrantsTest, AChangeOnAnOldRevisionIsAborted) {
  const std::string id = file();
  v1::Warrant given = warrant(id);
  given.set_legal_reference("2 B 3/26");
  EXPECT_EQ(code_of([&] { administration_->modify_warrant(given, done()); }), absl::StatusCode::kOk);
  EXPECT_EQ(code_of([&] { administration_->modify_warrant(given, done()); }), absl::StatusCode::kAborted);
}

TEST_F(WarrantsTest, AChangeInForceKeepsXidAndCinOfWhatStays) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  const std::string id = file();
  activate(id);
  dataplane.take();
  const v1::Warrant before = warrant(id);
  const uint32_t cin = dataplane.mediations.at(before.xids(0)).cin().static_cin();
  v1::Warrant given = before;
  given.set_end("2026-11-25T00:00:00Z");
  given.set_user_label("other@example.org");
  given.add_targets()->set_selector("ipv4:198.51.100.9");
  given.mutable_deliveries(0)->set_rate_bps(10'000'000);
  administration_->modify_warrant(given, done());
  EXPECT_EQ(dataplane.take(), 2u);
  ASSERT_TRUE(done_->ok()) << done_->status();
  EXPECT_EQ((**done_).dataplanes_acknowledged(), 1u);
  EXPECT_EQ(warrant(id).xids(0), before.xids(0));
  EXPECT_EQ(dataplane.mediations.at(before.xids(0)).rate_bps(), 10'000'000u);
  EXPECT_EQ(dataplane.taps.at(before.xids(0)).targets_size(), 2);
  EXPECT_EQ(dataplane.mediations.at(before.xids(0)).user_label(), "other@example.org");
  EXPECT_EQ(dataplane.mediations.at(before.xids(0)).cin().static_cin(), cin);
}

TEST_F(WarrantsTest, AChangeThatDataplanesNeedNotKnowIsNotSent) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  const std::string id = file();
  activate(id);
  dataplane.take();
  v1::Warrant given = warrant(id);
  given.set_legal_reference("2 B 3/26");
  administration_->modify_warrant(given, done());
  EXPECT_EQ(dataplane.take(), 0u);
  EXPECT_EQ((**done_).dataplanes_told(), 0u);
}

TEST_F(WarrantsTest, TargetsThatMoveToAnotherNetworkElementAreWithdrawnFromTheFirst) {
  FakeDataplane first(*administration_, "NE-1");
  FakeDataplane second(*administration_, "NE-2");
  ASSERT_TRUE(first.attach().ok());
  ASSERT_TRUE(second.attach().ok());
  v1::Warrant scoped = make_warrant();
  scoped.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-1");
  const std::string id = file(scoped);
  activate(id);
  EXPECT_EQ(first.take(), 2u);
  EXPECT_EQ(second.take(), 0u);
  v1::Warrant moved = warrant(id);
  moved.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-2");
  administration_->modify_warrant(moved, done());
  first.take();
  second.take();
  EXPECT_TRUE(first.taps.empty());
  EXPECT_EQ(second.taps.size(), 1u);
  const uint32_t second_cin = second.mediations.begin()->second.cin().static_cin();
  const std::string old_xid = warrant(id).xids(0);
  // And back: the first has ended its task, which does not come back, so the delivery goes on as a new one.
  v1::Warrant back = warrant(id);
  back.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-1");
  administration_->modify_warrant(back, done());
  first.take();
  second.take();
  EXPECT_NE(warrant(id).xids(0), old_xid);
  EXPECT_EQ(first.taps.count(warrant(id).xids(0)), 1u);
  EXPECT_TRUE(second.taps.empty());
  EXPECT_GT(first.mediations.at(warrant(id).xids(0)).cin().static_cin(), second_cin);
  administration_->end_warrant(id, done());
  first.take();
  EXPECT_TRUE(first.taps.empty());
}

TEST_F(WarrantsTest, ATaskThatWasDeliveredAndForgottenDoesNotComeBackUnderItsXid) {
  FakeDataplane first(*administration_, "NE-1");
  ASSERT_TRUE(first.attach().ok());
  v1::Warrant scoped = make_warrant();
  scoped.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-1");
  const std::string id = file(scoped);
  activate(id);
  first.take();
  const std::string old_xid = warrant(id).xids(0);
  const std::string octets = first.taps.at(old_xid).xid();
  const auto move_to = [&](const std::string& element) {
    v1::Warrant moved = warrant(id);
    moved.mutable_targets(0)->mutable_scope()->set_network_element_id(element);
    administration_->modify_warrant(moved, done());
    first.take();
  };
  move_to("NE-2");
  v1::DataplaneMessage delivered;
  delivered.mutable_statistics()->add_tasks()->set_xid(octets);
  delivered.mutable_statistics()->mutable_tasks(0)->set_state(v1::TAP_STATE_ENDED);
  first.report(delivered);
  ASSERT_EQ(administration_->list_taps("NE-1")->taps_size(), 0);
  move_to("NE-1");
  EXPECT_NE(warrant(id).xids(0), old_xid);
  EXPECT_EQ(first.taps.size(), 1u);
}

TEST_F(WarrantsTest, AProlongationThatMayArriveBehindTheOldEndComesUnderANewXid) {
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  const std::string id = file();
  activate(id);
  dataplane.take();
  const std::string old_xid = warrant(id).xids(0);
  pass(24 * 3600 - 1);
  v1::Warrant longer = warrant(id);
  longer.set_end("2026-11-23T08:00:00Z");
  administration_->modify_warrant(longer, done());
  dataplane.take();
  ASSERT_TRUE(done_->ok()) << done_->status();
  EXPECT_NE(warrant(id).xids(0), old_xid);
  EXPECT_EQ(dataplane.taps.count(old_xid), 0u);
  EXPECT_EQ(dataplane.taps.count(warrant(id).xids(0)), 1u);
}

TEST_F(WarrantsTest, ListsArePagedAndFiltered) {
  add_agency(make_agency("tax"));
  std::set<std::string> filed;
  for (int i = 0; i < 5; ++i) filed.insert(file(make_warrant("L" + std::to_string(i))));
  const std::string other = file(make_warrant("L0", "tax"));
  v1::ListWarrantsRequest request;
  request.set_agency_id("police");
  request.set_page_size(2);
  std::set<std::string> seen;
  int pages = 0;
  do {
    const Result<v1::ListWarrantsReply> page = administration_->list_warrants(request);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->warrants_size(), 2);
    for (const v1::Warrant& warrant : page->warrants()) seen.insert(warrant.id());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, filed);
  EXPECT_EQ(pages, 3);
  request.Clear();
  request.set_state(v1::WARRANT_STATE_ACTIVE);
  EXPECT_EQ(administration_->list_warrants(request)->warrants_size(), 0);
  request.set_page_token("../etc");
  EXPECT_EQ(administration_->list_warrants(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WarrantsTest, EverythingIsThereAfterARestart) {
  const std::string id = file();
  activate(id);
  const v1::Warrant before = warrant(id);
  open();
  EXPECT_EQ(warrant(id).SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(administration_->get_agency("police")->name(), "Police of Example");
}

}  // namespace
}  // namespace lictor::control
