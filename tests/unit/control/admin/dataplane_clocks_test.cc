// By which clocks nothing is begun, and how a clock that differs is told while it does.
#include <gmock/gmock.h>

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
  bool alarmed() {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const v1::ListAlarmsReply reply = *administration_->list_alarms(request);
    return reply.alarms_size() == 1 && reply.alarms(0).code() == "clock_differs";
  }

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
