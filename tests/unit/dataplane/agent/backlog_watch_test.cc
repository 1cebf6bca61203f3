// BacklogWatch: when an agency is told that its records come late, and when that it is over.
#include "dataplane/agent/backlog_watch.h"

#include <gmock/gmock.h>

namespace lictor {
namespace {

using testing::HasSubstr;

class BacklogWatchTest : public testing::Test {
 protected:
  std::vector<BacklogWatch::Told> look(uint64_t records, uint64_t bytes = 0, uint64_t waiting_ms = 0) {
    v1::Statistics statistics;
    v1::DestinationStatistics& one = *statistics.add_destinations();
    one.set_id("lea/hi3");
    one.set_interface(v1::HANDOVER_INTERFACE_HI3);
    one.set_backlog_records(records);
    one.set_backlog_bytes(bytes);
    one.set_waiting_ms(waiting_ms);
    return look(statistics);
  }
  std::vector<BacklogWatch::Told> look(const v1::Statistics& statistics) {
    return watch_.look(
        statistics, [this](const std::string&) { return limits_; }, {}, alarms_);
  }
  // "+" for an alarm that stands since the last call, "-" for one that is over.
  std::string alarms() {
    std::string all;
    for (const AlarmEvent& event : alarms_.take_all()) all += event.cleared ? "-" : "+";
    return all;
  }

  BacklogLimits limits_{.records = 100, .bytes = 0, .age_s = 0};
  BacklogWatch watch_;
  AlarmQueue alarms_;
};

TEST_F(BacklogWatchTest, ItIsToldOnceWhenItHasGrownAndOnceWhenItIsHalfOfThat) {
  EXPECT_TRUE(look(99).empty());
  const std::vector<BacklogWatch::Told> begun = look(100);
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].destination_id, "lea/hi3");
  EXPECT_THAT(begun[0].text, HasSubstr("HI3: 100 records"));
  EXPECT_TRUE(look(5000).empty());
  EXPECT_TRUE(look(51).empty());
  const std::vector<BacklogWatch::Told> over = look(50);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_THAT(over[0].text, HasSubstr("50 records"));
  EXPECT_EQ(alarms(), "+-");
}

TEST_F(BacklogWatchTest, EachLimitTellsByItself) {
  limits_ = {.records = 0, .bytes = 1000, .age_s = 60};
  EXPECT_TRUE(look(1'000'000, 999, 59'999).empty());
  EXPECT_EQ(look(1, 1000).size(), 1U);
  EXPECT_EQ(look(1, 500).size(), 1U);
  EXPECT_EQ(look(1, 1, 60'000).size(), 1U);
  EXPECT_EQ(alarms(), "+-+");
}

TEST_F(BacklogWatchTest, WithoutLimitsNothingIsTold) {
  limits_ = {};
  EXPECT_TRUE(look(UINT64_MAX, UINT64_MAX, UINT64_MAX).empty());
  EXPECT_EQ(alarms(), "");
}

TEST_F(BacklogWatchTest, OfADestinationThatIsGoneTheAlarmIsOver) {
  look(100);
  EXPECT_TRUE(look(v1::Statistics()).empty());
  EXPECT_EQ(alarms(), "+-");
}

}  // namespace
}  // namespace lictor
