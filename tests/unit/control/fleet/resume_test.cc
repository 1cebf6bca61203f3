// What a dataplane is sent when it attaches: everything, the difference, or nothing; and which CINs it gets.
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class ResumeTest : public ControlTest {
 protected:
  ResumeTest() { add_agency(); }

  std::string activate_new(const std::string& liid) {
    const std::string id = file(make_warrant(liid));
    activate(id);
    return id;
  }
  uint32_t cin_of(const FakeDataplane& dataplane, const std::string& warrant_id) {
    return dataplane.mediations.at(warrant(warrant_id).xids(0)).cin().static_cin();
  }

  FakeDataplane dataplane_{*administration_, "NE-1"};
};

TEST_F(ResumeTest, ANewDataplaneIsToldEverythingThatIsActiveAndNothingElse) {
  file(make_warrant("FILED"));
  const std::string ended = activate_new("ENDED");
  administration_->end_warrant(ended, done());
  const std::string active = activate_new("ACTIVE");
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_TRUE(dataplane_.welcome.full());
  EXPECT_EQ(dataplane_.take(), 2u);
  EXPECT_EQ(dataplane_.taps.count(warrant(active).xids(0)), 1u);
  EXPECT_EQ(dataplane_.mediations.size(), 1u);
  EXPECT_EQ(dataplane_.in_sync, dataplane_.hello().resume_generation());
}

TEST_F(ResumeTest, TheSameIncarnationResumesWithoutBeingToldAgain) {
  activate_new("ONE");
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_EQ(dataplane_.take(), 2u);
  dataplane_.detach();
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_FALSE(dataplane_.welcome.full());
  EXPECT_EQ(dataplane_.take(), 0u);
}

TEST_F(ResumeTest, WhatHappenedMeanwhileComesAsADifference) {
  const std::string ends = activate_new("ENDS");
  const std::string stays = activate_new("STAYS");
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  dataplane_.detach();
  administration_->end_warrant(ends, done());
  const std::string starts = activate_new("STARTS");
  v1::Warrant longer = warrant(stays);
  longer.set_end("2026-11-23T08:00:00Z");
  administration_->modify_warrant(longer, done());
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_FALSE(dataplane_.welcome.full());
  EXPECT_EQ(dataplane_.take(), 4u);  // a withdrawal, tap and mediation of the new one, the tap of the longer one
  EXPECT_EQ(dataplane_.taps.count(warrant(ends).xids(0)), 0u);
  EXPECT_EQ(dataplane_.withdrawals.at(0).reason(), v1::WITHDRAWAL_REASON_ENDED);
  EXPECT_EQ(dataplane_.taps.at(warrant(stays).xids(0)).window().end_unix_ns(), warrant(stays).window().end_unix_ns());
  EXPECT_EQ(dataplane_.taps.count(warrant(starts).xids(0)), 1u);
}

TEST_F(ResumeTest, AStreamThatBrokeInTheMiddleGoesOnWhereItBroke) {
  activate_new("ONE");
  activate_new("TWO");
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_EQ(dataplane_.take(3), 3u);
  dataplane_.detach();
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_FALSE(dataplane_.welcome.full());
  EXPECT_EQ(dataplane_.take(), 1u);
  EXPECT_EQ(dataplane_.mediations.size(), 2u);
}

TEST_F(ResumeTest, AWithdrawalIsNotSentForATapThatNeverArrived) {
  const std::string first = activate_new("FIRST");
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  const std::string second = activate_new("SECOND");  // issued, not fetched
  administration_->end_warrant(second, done());
  EXPECT_EQ(dataplane_.take(), 0u);
  const std::string third = activate_new("THIRD");  // issued, lost with the stream
  administration_->end_warrant(first, done());
  dataplane_.detach();
  administration_->end_warrant(third, done());
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_EQ(dataplane_.take(), 1u);  // FakeDataplane fails the test on a withdrawal of what it does not hold
}

TEST_F(ResumeTest, ATaskThatEndedBeforeItsProlongationArrivedGoesOnUnderANewXid) {
  FakeDataplane other(*administration_, "NE-2");
  const std::string id = activate_new("ONE");
  ASSERT_TRUE(dataplane_.attach().ok());
  ASSERT_TRUE(other.attach().ok());
  dataplane_.take();
  other.take();
  const std::string old_xid = warrant(id).xids(0);
  dataplane_.detach();
  v1::Warrant longer = warrant(id);
  longer.set_end("2026-11-25T08:00:00Z");
  administration_->modify_warrant(longer, done());
  other.take();
  EXPECT_EQ(warrant(id).xids(0), old_xid);
  pass(25 * 3600);  // the dataplane has ended its task at the old end
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_FALSE(dataplane_.welcome.full());
  for (FakeDataplane* dataplane : {&dataplane_, &other}) {
    dataplane->take();
    EXPECT_EQ(dataplane->taps.count(old_xid), 0u);
    EXPECT_EQ(dataplane->taps.count(warrant(id).xids(0)), 1u);
  }
}

TEST_F(ResumeTest, TheDifferenceSurvivesARestartOfTheDaemon) {
  const std::string id = activate_new("ONE");
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  const v1::Hello hello = dataplane_.hello();
  open();
  FakeDataplane same(*administration_, "NE-1");
  same.hello() = hello;
  same.taps = dataplane_.taps;
  same.mediations = dataplane_.mediations;
  administration_->end_warrant(id, done());
  ASSERT_TRUE(same.attach().ok());
  EXPECT_FALSE(same.welcome.full());
  EXPECT_EQ(same.take(), 1u);
  EXPECT_TRUE(same.taps.empty());
}

TEST_F(ResumeTest, WhatCannotBeProvedIsSentInFull) {
  activate_new("ONE");
  const auto is_full = [&](const auto& spoil) {
    FakeDataplane dataplane(*administration_, "NE-1");
    EXPECT_TRUE(dataplane.attach().ok());
    dataplane.take();
    dataplane.detach();
    spoil(dataplane.hello());
    EXPECT_TRUE(dataplane.attach().ok());
    const bool full = dataplane.welcome.full();
    dataplane.detach();
    return full;
  };
  EXPECT_FALSE(is_full([](v1::Hello&) {}));
  EXPECT_TRUE(is_full([](v1::Hello& hello) { hello.set_incarnation(std::string(16, 'z')); }));
  EXPECT_TRUE(is_full([](v1::Hello& hello) { hello.set_fleet_id("another database"); }));
  EXPECT_TRUE(is_full([](v1::Hello& hello) { hello.set_resume_epoch(7); }));
  EXPECT_TRUE(is_full([](v1::Hello& hello) { hello.set_resume_generation(1'000'000); }));
  EXPECT_TRUE(is_full([](v1::Hello& hello) { hello.set_resume_generation(0); }));
}

TEST_F(ResumeTest, EachIncarnationGetsAFreshCinAndNoneIsUsedTwice) {
  const std::string id = activate_new("ONE");
  FakeDataplane other(*administration_, "NE-2");
  std::set<uint32_t> cins;
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  cins.insert(cin_of(dataplane_, id));
  ASSERT_TRUE(other.attach().ok());
  other.take();
  cins.insert(cin_of(other, id));
  dataplane_.detach();
  dataplane_.restart('b');
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_TRUE(dataplane_.welcome.full());
  dataplane_.take();
  cins.insert(cin_of(dataplane_, id));
  EXPECT_EQ(cins, (std::set<uint32_t>{1, 2, 3}));
  EXPECT_FALSE(dataplane_.mediations.begin()->second.cin().reset_first());
}

TEST_F(ResumeTest, TheCinCounterSurvivesARestartOfTheDaemon) {
  const std::string id = activate_new("ONE");
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  open();
  FakeDataplane reborn(*administration_, "NE-1", 'b');
  ASSERT_TRUE(reborn.attach().ok());
  reborn.take();
  EXPECT_EQ(cin_of(reborn, id), 2u);
}

TEST_F(ResumeTest, TheSameCinComesBackWithAResetWhereTheAgencyWantsThat) {
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_profile()->set_cin_policy(v1::CIN_POLICY_SAME_WITH_RESET);
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  const std::string id = activate_new("ONE");
  FakeDataplane other(*administration_, "NE-2");
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  ASSERT_TRUE(other.attach().ok());
  other.take();
  EXPECT_EQ(cin_of(dataplane_, id), 1u);
  EXPECT_FALSE(dataplane_.mediations.begin()->second.cin().reset_first());
  EXPECT_EQ(cin_of(other, id), 2u);
  dataplane_.detach();
  dataplane_.restart('b');
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  EXPECT_EQ(cin_of(dataplane_, id), 1u);
  EXPECT_TRUE(dataplane_.mediations.begin()->second.cin().reset_first());
}

TEST_F(ResumeTest, AFreshCinGoesOnInTheSeriesOfItsLiidWhereTheAgencyWantsThat) {
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  const std::string id = activate_new("ONE");
  FakeDataplane other(*administration_, "NE-2");
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  ASSERT_TRUE(other.attach().ok());
  other.take();
  EXPECT_FALSE(dataplane_.mediations.begin()->second.cin().reset_first());
  EXPECT_FALSE(other.mediations.begin()->second.cin().reset_first()) << "it has a series of its own";
  dataplane_.detach();
  dataplane_.restart('b');
  ASSERT_TRUE(dataplane_.attach().ok());
  dataplane_.take();
  const v1::Mediation& again = dataplane_.mediations.begin()->second;
  EXPECT_EQ(again.cin().static_cin(), 3U);
  EXPECT_TRUE(again.cin().reset_first());
  EXPECT_EQ(again.profile().number_series(), v1::NUMBER_SERIES_LIID);
}

TEST_F(ResumeTest, TwoDeliveriesOfOneWarrantHaveDifferentXidsAndCins) {
  v1::Agency agency = *administration_->get_agency("police");
  *agency.add_destinations() = make_destination("hi2-b", v1::HANDOVER_INTERFACE_HI2, 7004);
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  v1::Warrant warrant = make_warrant("TWO");
  for (const char* hi2 : {"hi2", "hi2-b"}) {
    v1::Delivery& delivery = *warrant.add_deliveries();
    delivery.set_hi2_destination_id(hi2);
    delivery.set_hi3_destination_id("hi3");
  }
  activate(file(warrant));
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_EQ(dataplane_.take(), 4u);
  std::set<uint32_t> cins;
  for (const auto& [xid, mediation] : dataplane_.mediations) cins.insert(mediation.cin().static_cin());
  EXPECT_EQ(cins, (std::set<uint32_t>{1, 2}));
}

}  // namespace
}  // namespace lictor::control
