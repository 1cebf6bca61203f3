// By which clocks nothing is begun, and how a clock that differs is told while it does.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;

class DataplaneClocksTest : public ControlTest {
 protected:
  DataplaneClocksTest() {
    time_ = {.required = true, .is_disciplined = [this] { return disciplined_; }};
    open();
    add_agency();
  }

  FakeDataplane attached(int64_t ahead_ns) {
    FakeDataplane dataplane(*administration_, "NE-1");
    dataplane.hello().set_clock_unix_ns(now_.unix_ns + ahead_ns);
    EXPECT_TRUE(dataplane.attach().ok());
    dataplane.take();
    return dataplane;
  }
  void report(FakeDataplane& dataplane, int64_t ahead_ns, bool untrusted = false) {
    v1::DataplaneMessage message;
    v1::ClockStatistics& clock = *message.mutable_statistics()->mutable_clock();
    clock.set_unix_ns(now_.unix_ns + ahead_ns);
    clock.set_untrusted(untrusted);
    dataplane.report(message);
  }
  // Why a warrant that is filed now is not activated; empty: it is.
  std::string why(const char* liid) {
    const std::string id = file(make_warrant(liid));
    activate(id);
    if (!done_.has_value()) return "";  // it waits for the dataplane's answer
    EXPECT_EQ(warrant(id).state(), done_->ok() ? v1::WARRANT_STATE_ACTIVE : v1::WARRANT_STATE_FILED);
    return std::string(done_->status().message());
  }
  bool stands(const std::string& code) {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const v1::ListAlarmsReply reply = *administration_->list_alarms(request);
    return std::ranges::count(reply.alarms(), code, &v1::Alarm::code) == 1;
  }
  bool alarmed() { return stands("clock_differs"); }
  bool waits() { return stands("dataplane_waits"); }

  bool disciplined_ = true;
};

TEST_F(DataplaneClocksTest, NothingBeginsWhileThisHostsClockIsNotSynchronised) {
  disciplined_ = false;
  EXPECT_THAT(why("L-1"), HasSubstr("the daemon's clock is not synchronised"));
  disciplined_ = true;
  EXPECT_EQ(why("L-2"), "");
}

TEST_F(DataplaneClocksTest, NothingBeginsByADataplanesClockThatDiffersOrIsUntrusted) {
  FakeDataplane dataplane = attached(-2 * kNanosecondsPerSecond);
  EXPECT_THAT(why("L-1"), HasSubstr("the clock of dataplane NE-1 differs"));
  report(dataplane, 0);
  EXPECT_EQ(why("L-2"), "");
  dataplane.take();
  report(dataplane, 0, true);
  EXPECT_THAT(why("L-3"), HasSubstr("dataplane NE-1 says so of its clock"));
  dataplane.detach();
  EXPECT_EQ(why("L-4"), "") << "who is away is asked when he attaches";
}

TEST_F(DataplaneClocksTest, NothingIsResumedOrProlongedByAClockThatCannotBeTrusted) {
  FakeDataplane dataplane = attached(0);
  const std::string longer = file(make_warrant("L-1")), suspended = file(make_warrant("L-2"));
  for (const std::string& id : {longer, suspended}) activate(id);
  administration_->suspend_warrant(suspended, done());
  report(dataplane, 0, true);
  v1::Warrant changed = warrant(longer);
  changed.set_end("2026-11-23T08:00:00Z");
  administration_->modify_warrant(changed, done());
  EXPECT_THAT(std::string(done_->status().message()), HasSubstr("time cannot be trusted"));
  administration_->resume_warrant(suspended, done());
  EXPECT_THAT(std::string(done_->status().message()), HasSubstr("time cannot be trusted"));
  dataplane.take();
  EXPECT_EQ(dataplane.taps.count(warrant(suspended).xids(0)), 0u);
  changed = warrant(longer);
  changed.set_end("2026-11-22T07:00:00Z");
  administration_->modify_warrant(changed, done());
  dataplane.take();
  ASSERT_TRUE(done_ && done_->ok()) << "what reduces needs no clock";
  administration_->end_warrant(longer, done());
  dataplane.take();
  EXPECT_TRUE(done_ && done_->ok()) << "nor does an end";
}

TEST_F(DataplaneClocksTest, WhoAttachesWithAClockThatCannotBeTrustedIsToldNothingNewUntilItCan) {
  const std::string id = file();
  activate(id);
  constexpr int64_t kAbsent = INT64_MIN;
  for (const int64_t ahead_s : {int64_t{60}, int64_t{-60}, kAbsent}) {
    FakeDataplane dataplane(*administration_, "NE-1", static_cast<char>('b' + ahead_s % 7));
    if (ahead_s != kAbsent) dataplane.hello().set_clock_unix_ns(now_.unix_ns + ahead_s * kNanosecondsPerSecond);
    ASSERT_TRUE(dataplane.attach().ok());
    EXPECT_EQ(dataplane.take(), 0u);
    EXPECT_TRUE(waits());
    pass(1);
    EXPECT_EQ(dataplane.take(), 0u);
    for (int i = 0; i < 5; ++i) report(dataplane, 0);  // of the last so many the least delayed counts
    pass(1);
    EXPECT_EQ(dataplane.take(), 2u);
    EXPECT_EQ(dataplane.taps.count(warrant(id).xids(0)), 1u);
    EXPECT_FALSE(waits());
    dataplane.detach();
  }
}

TEST_F(DataplaneClocksTest, ADaemonWhoseClockIsNotSynchronisedTellsNothingNewUntilItIs) {
  activate(file());
  disciplined_ = false;
  FakeDataplane dataplane = attached(0);
  pass(1);
  EXPECT_EQ(dataplane.take(), 0u);
  disciplined_ = true;
  pass(1);
  EXPECT_EQ(dataplane.take(), 2u);
}

TEST_F(DataplaneClocksTest, WhatItHoldsFollowsItsWarrantThoughItsClockCannotBeTrusted) {
  FakeDataplane dataplane = attached(0);
  const std::string stays = file(make_warrant("L-1")), ends = file(make_warrant("L-2"));
  for (const std::string& id : {stays, ends}) activate(id);
  dataplane.take();
  dataplane.detach();
  administration_->end_warrant(ends, done());
  activate(file(make_warrant("L-3")));
  dataplane.hello().clear_clock_unix_ns();
  ASSERT_TRUE(dataplane.attach().ok());
  EXPECT_EQ(dataplane.take(), 1u) << "the withdrawal";
  EXPECT_EQ(dataplane.taps.size(), 1u);
  EXPECT_EQ(dataplane.taps.count(warrant(stays).xids(0)), 1u);
}

TEST_F(DataplaneClocksTest, WhatAFormerProcessLeftIsDeliveredAndTheTaskGoesOnUnderAnotherXid) {
  keys_ = *SpoolKeys::open(directory_.file("keys"));
  open();
  const std::string id = file();
  FakeDataplane dataplane = attached(0);
  activate(id);
  dataplane.take();
  dataplane.detach();
  const std::string before = warrant(id).xids(0);
  dataplane.restart('b');
  dataplane.hello().clear_clock_unix_ns();
  ASSERT_TRUE(dataplane.attach().ok());
  dataplane.take();
  EXPECT_TRUE(dataplane.taps.empty());
  EXPECT_TRUE(dataplane.mediations.at(before).draining());
  report(dataplane, 0);
  pass(1);
  dataplane.take();
  EXPECT_NE(warrant(id).xids(0), before);
  EXPECT_EQ(dataplane.taps.count(warrant(id).xids(0)), 1u);
}

TEST_F(DataplaneClocksTest, WhereTimeIsNotAskedForEverythingBegins) {
  time_.required = false;
  open();
  disciplined_ = false;
  FakeDataplane dataplane = attached(60 * kNanosecondsPerSecond);
  EXPECT_EQ(why("L-1"), "");
  EXPECT_TRUE(alarmed()) << "it is told all the same";
}

TEST_F(DataplaneClocksTest, AClockThatIsSetWhileAttachedIsAlarmedUntilItIsSetRight) {
  FakeDataplane dataplane = attached(0);
  EXPECT_FALSE(alarmed());
  for (int i = 0; i < 4; ++i) report(dataplane, -3 * kNanosecondsPerSecond);
  EXPECT_FALSE(alarmed()) << "these may have waited on their way";
  report(dataplane, -3 * kNanosecondsPerSecond);
  EXPECT_TRUE(alarmed());
  report(dataplane, 0);
  EXPECT_FALSE(alarmed());
}

}  // namespace
}  // namespace lictor::control
