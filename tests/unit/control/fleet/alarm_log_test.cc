// Alarms: repeated, cleared, bounded, kept.
#include "control/fleet/alarm_log.h"

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

v1::Alarm make_alarm(const std::string& code, uint64_t count = 0, const std::string& element = "NE-1") {
  v1::Alarm alarm;
  alarm.set_code(code);
  alarm.set_network_element_id(element);
  alarm.set_text("text");
  alarm.set_raised_unix_ns(1);
  alarm.set_count(count);
  return alarm;
}

v1::Alarm cleared(v1::Alarm alarm) {
  alarm.set_cleared_unix_ns(2);
  return alarm;
}

TEST(AlarmLog, RepetitionsOfAStandingAlarmAreSummedUp) {
  AlarmLog log;
  log.report(make_alarm("records_lost", 3));
  log.report(make_alarm("records_lost", 4));
  ASSERT_EQ(log.list(true, 10).size(), 1u);
  EXPECT_EQ(log.list(true, 10)[0].count(), 7u);
}

TEST(AlarmLog, ClearingNeedsTheSameElementCodeTaskAndDestination) {
  AlarmLog log;
  v1::Alarm alarm = make_alarm("destination_down");
  alarm.set_xid(std::string(16, 'x'));
  alarm.set_destination_id("a/hi2");
  log.report(alarm);
  for (v1::Alarm other : {make_alarm("destination_down"), alarm, alarm, alarm}) {
    static int which = 0;
    if (which == 1) other.set_network_element_id("NE-2");
    if (which == 2) other.set_destination_id("a/hi3");
    if (which == 3) other.set_xid("");
    ++which;
    log.report(cleared(other));
    EXPECT_TRUE(log.stands(alarm));
  }
  log.report(cleared(alarm));
  EXPECT_FALSE(log.stands(alarm));
  EXPECT_TRUE(log.list(true, 10).empty());
  EXPECT_EQ(log.list(false, 10)[0].cleared_unix_ns(), 2);
}

TEST(AlarmLog, ListsNewestFirstUpToALimit) {
  AlarmLog log;
  for (const char* code : {"one", "two", "three"}) log.report(make_alarm(code));
  const std::vector<v1::Alarm> alarms = log.list(false, 2);
  ASSERT_EQ(alarms.size(), 2u);
  EXPECT_EQ(alarms[0].code(), "three");
  EXPECT_EQ(alarms[1].code(), "two");
}

TEST(AlarmLog, BeyondItsBoundTheOldestClearedOneGoesFirst) {
  AlarmLog log;
  for (size_t i = 0; i < AlarmLog::kAlarmsMax; ++i) log.report(make_alarm("c" + std::to_string(i)));
  log.report(cleared(make_alarm("c5")));
  log.report(make_alarm("one more"));
  EXPECT_TRUE(log.stands(make_alarm("c0")));
  EXPECT_EQ(log.list(false, 2 * AlarmLog::kAlarmsMax).size(), AlarmLog::kAlarmsMax);
  log.report(make_alarm("and one more"));
  EXPECT_FALSE(log.stands(make_alarm("c0")));
  EXPECT_EQ(log.list(false, 2 * AlarmLog::kAlarmsMax).size(), AlarmLog::kAlarmsMax);
}

TEST(AlarmLog, IsTheSameAfterARestart) {
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  AlarmLog log;
  log.report(make_alarm("stays", 2));
  log.report(make_alarm("goes"));
  log.report(cleared(make_alarm("goes")));
  ASSERT_TRUE(store->commit(log.writes()).ok());
  log.written();
  EXPECT_TRUE(log.writes().empty());
  const auto loaded = AlarmLog::load(*store);
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE((*loaded)->stands(make_alarm("stays")));
  EXPECT_FALSE((*loaded)->stands(make_alarm("goes")));
  (*loaded)->report(make_alarm("stays", 1));
  EXPECT_EQ((*loaded)->list(true, 10)[0].count(), 3u);
}

TEST(AlarmLog, TextOfADataplaneCannotPaintATerminal) {
  AlarmLog log;
  v1::Alarm alarm = make_alarm("code");
  alarm.set_text("\x1b[2Jboo");
  log.report(alarm);
  EXPECT_EQ(log.list(false, 1)[0].text(), "(unprintable)");
  v1::Alarm longer = make_alarm("longer");
  std::string text(AlarmLog::kTextBytesMax - 1, 'x');
  longer.set_text(text + "\xc3\xa4");  // cut in the middle of its last character
  log.report(longer);
  EXPECT_EQ(log.list(false, 1)[0].text(), text);
}

}  // namespace
}  // namespace lictor::control
