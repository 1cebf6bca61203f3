// Alarms: repeated, cleared, bounded, kept.
#include "control/fleet/alarm_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

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

TEST(AlarmLog, ListsWhatIsAboutASubject) {
  AlarmLog log;
  log.report(make_alarm("first"));
  v1::Alarm of_task = make_alarm("second");
  of_task.set_xid(std::string(16, 'x'));
  of_task.set_destination_id("agency/hi2");
  log.report(of_task);
  v1::Alarm of_line = make_alarm("third");
  of_line.set_destination_id("agency/hi2");
  log.report(of_line);
  const auto codes = [&](const std::vector<std::string>& subjects) {
    std::vector<std::string> found;
    for (const v1::Alarm& alarm : log.list_about(subjects)) found.push_back(alarm.code());
    return found;
  };
  const std::string task = AlarmLog::task_subject(std::string(16, 'x'));
  const std::string line = AlarmLog::place_subject("agency/");
  EXPECT_EQ(codes({AlarmLog::kNoSubject}), std::vector<std::string>{"first"});
  EXPECT_EQ(codes({task}), std::vector<std::string>{"second"});
  EXPECT_EQ(codes({line, task, task}), (std::vector<std::string>{"third", "second"}));
  EXPECT_TRUE(codes({AlarmLog::place_subject("other/"), AlarmLog::task_subject(std::string(16, 'y'))}).empty());
}

TEST(AlarmLog, WhatMadeRoomIsAboutNothingAnyMore) {
  AlarmLog log;
  for (size_t number = 0; number < AlarmLog::kAlarmsMax + 1; ++number) {
    v1::Alarm alarm = make_alarm("down");
    alarm.set_destination_id(fmt::format("agency/{}", number));
    log.report(alarm);
  }
  EXPECT_TRUE(log.list_about({AlarmLog::place_subject("agency/0")}).empty());
  EXPECT_EQ(log.list_about({AlarmLog::place_subject("agency/")}).size(), AlarmLog::kAlarmsMax);
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

TEST(AlarmLog, AFloodEndsNothingThatWaitsForAPersonAndNoOtherElementsAlarm) {
  AlarmLog log;
  v1::Alarm unreviewed = make_alarm("reduction_unreviewed", 0, "");
  unreviewed.set_destination_id("warrant/1");
  const v1::Alarm stranger = make_alarm("dataplane_new", 0, "NE-9");
  const v1::Alarm other = make_alarm("link_down", 0, "NE-2");
  for (const v1::Alarm& alarm : {unreviewed, stranger, other}) log.report(alarm);
  for (size_t i = 0; i < 2 * AlarmLog::kAlarmsMax; ++i) log.report(make_alarm("c" + std::to_string(i)));
  for (const v1::Alarm& alarm : {unreviewed, stranger, other}) EXPECT_TRUE(log.stands(alarm)) << alarm.code();
  EXPECT_EQ(log.list(false, 2 * AlarmLog::kAlarmsMax).size(), AlarmLog::kAlarmsMax);
  EXPECT_EQ(log.take_changes().evicted, AlarmLog::kAlarmsMax + 3);
  EXPECT_EQ(log.take_changes().evicted, 0u);
}

TEST(AlarmLog, ADataplaneThatNamesAPersonsAlarmIsEvictedAsAnyOther) {
  AlarmLog log;
  log.report(make_alarm("reduction_unreviewed"));
  for (size_t i = 0; i < AlarmLog::kAlarmsMax; ++i) log.report(make_alarm("c" + std::to_string(i)));
  EXPECT_FALSE(log.stands(make_alarm("reduction_unreviewed")));
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

TEST(AlarmLog, OfAStoreWithMoreThanItsBoundTheOldestGoAndNoneStaysUnknown) {
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  constexpr size_t kMany = AlarmLog::kAlarmsMax + 3;
  std::vector<Write> writes;
  for (size_t i = 1; i <= kMany; ++i) {
    v1::Alarm alarm = make_alarm(fmt::format("c{}", i));
    alarm.set_id(i);
    writes.push_back({.key = fmt::format("alarm/{:016x}", i), .value = alarm.SerializeAsString()});
    if (writes.size() < 1000 && i < kMany) continue;
    ASSERT_TRUE(store->commit(std::exchange(writes, {})).ok());
  }
  const auto log = *AlarmLog::load(*store);
  EXPECT_EQ(log->list(false, 2 * AlarmLog::kAlarmsMax).size(), AlarmLog::kAlarmsMax);
  EXPECT_FALSE(log->stands(make_alarm("c3")));
  EXPECT_TRUE(log->stands(make_alarm("c4")));
  EXPECT_TRUE(log->stands(make_alarm(fmt::format("c{}", kMany))));
  ASSERT_TRUE(store->commit(log->writes()).ok());
  EXPECT_EQ(store->list("alarm/", "", 2 * kMany)->size(), AlarmLog::kAlarmsMax) << "the store is rid of them, too";
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

TEST(AlarmLog, AnAcknowledgementStaysUntilTheAlarmBecomesMoreSevere) {
  AlarmLog log;
  v1::Alarm alarm = make_alarm("backlog");
  alarm.set_severity(v1::ALARM_SEVERITY_WARNING);
  alarm.set_acknowledged_by("whoever raises it");
  log.report(alarm);
  EXPECT_EQ(log.list(true, 1)[0].acknowledged_by(), "");
  v1::Alarm seen = log.list(true, 1)[0];
  seen.set_acknowledged_by("anna");
  seen.set_acknowledged_unix_ns(3);
  log.committed(seen);
  log.report(alarm);
  EXPECT_EQ(log.find(seen.id())->acknowledged_by(), "anna");
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  log.report(alarm);
  EXPECT_EQ(log.find(seen.id())->acknowledged_by(), "");
  EXPECT_EQ(log.find(seen.id())->acknowledged_unix_ns(), 0);
  EXPECT_EQ(log.find(seen.id() + 1), nullptr);
}

std::vector<uint64_t> ids_of(const AlarmLog& log) {
  std::vector<uint64_t> ids;
  for (const v1::Alarm& alarm : log.list(false, AlarmLog::kAlarmsMax)) ids.push_back(alarm.id());
  return ids;
}

TEST(AlarmLog, IdsDoNotTellHowManyAlarmsThereWereBetween) {
  AlarmLog log;
  v1::Alarm alarm = make_alarm("first");
  alarm.set_id(7);
  log.report(alarm);
  for (int i = 0; i < 63; ++i) log.report(make_alarm("c" + std::to_string(i)));
  const std::vector<uint64_t> ids = ids_of(log);
  EXPECT_FALSE(std::ranges::is_sorted(ids) || std::ranges::is_sorted(ids, std::greater<>()));
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ(log.find(7), nullptr) << "nor does who raises one choose";
  EXPECT_EQ(log.find(0), nullptr);
}

TEST(AlarmLog, IdsStayAlsoThoseThatAlarmsOfAFormerVersionAreGiven) {
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  for (const char* const place : {"alarm/0000000000000001", "alarm/0000000000000002"})
    ASSERT_TRUE(store->commit({{.key = place, .value = make_alarm(place).SerializeAsString()}}).ok());
  std::vector<uint64_t> ids;
  for (int start = 0; start < 3; ++start) {
    const auto log = *AlarmLog::load(*store);
    ASSERT_TRUE(store->commit(log->writes()).ok());
    log->written();
    if (start == 0) ids = ids_of(*log);
    EXPECT_EQ(ids_of(*log), ids);
  }
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_NE(ids[0], 0u);
  EXPECT_NE(ids[1], 0u);
}

TEST(AlarmClasses, ThePlatformSeesMachinesAndNothingThatAnInterceptionMoves) {
  v1::Alarm port = make_alarm("link_down");
  port.set_destination_id("port/tap0");
  EXPECT_TRUE(is_platform_alarm(port));
  EXPECT_TRUE(is_platform_alarm(make_alarm("dataplane_detached")));
  for (const char* const code : {"port_missed", "records_lost", "fragments_given_up", "what comes one day"})
    EXPECT_FALSE(is_platform_alarm(make_alarm(code))) << code;
  v1::Alarm destination = make_alarm("link_down");
  destination.set_destination_id("hi2");
  EXPECT_FALSE(is_platform_alarm(destination));
  v1::Alarm task = make_alarm("time_untrusted");
  task.set_xid(std::string(16, 'x'));
  EXPECT_FALSE(is_platform_alarm(task));
  AlarmLog log;
  log.report(make_alarm("records_lost"));
  log.report(port);
  ASSERT_EQ(log.list(true, 10, AlarmsShown::kPlatform).size(), 1u);
  EXPECT_EQ(log.list(true, 10, AlarmsShown::kPlatform)[0].code(), "link_down");
}

TEST(AlarmClasses, ACodeThatIsNoneIsOther) {
  EXPECT_EQ(code_of(make_alarm("records_lost")), "records_lost");
  for (const char* const code : {"", "LIID-7", "192.0.2.7"}) EXPECT_EQ(code_of(make_alarm(code)), "other");
}

}  // namespace
}  // namespace lictor::control
