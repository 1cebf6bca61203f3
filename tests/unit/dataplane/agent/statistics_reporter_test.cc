// Statistics: what a message leaves out, and that the thread behind the control thread loses no last word.
#include "dataplane/agent/statistics_reporter.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace lictor {
namespace {

StatisticsReading reading_of(uint64_t matched) {
  StatisticsReading reading;
  reading.whole.set_taken_unix_ns(static_cast<int64_t>(matched));
  TaskView& task = reading.tasks.emplace_back();
  task.xid.octets.fill(7);
  task.report = TaskReport::kActive;
  task.records.matched = matched;
  task.records.drops[0] = matched;
  return reading;
}

TEST(Statistics, OfATaskReasonsThatCountNothingAreLeftOut) {
  const v1::Statistics message = to_message(reading_of(3));
  ASSERT_EQ(message.tasks_size(), 1);
  EXPECT_EQ(message.tasks(0).state(), v1::TAP_STATE_ACTIVE);
  EXPECT_EQ(message.tasks(0).records().matched(), 3U);
  ASSERT_EQ(message.tasks(0).records().drops_size(), 1);
  EXPECT_EQ(message.tasks(0).records().drops().at(std::string(kRecordDropNames[0])), 3U);
  EXPECT_TRUE(message.tasks(0).records().given_up().empty());
}

TEST(StatisticsReporter, AnEndingReporterHasWrittenTheLastReading) {
  const std::string path = testing::TempDir() + "lictor-reporter-" + std::to_string(getpid()) + ".json";
  {
    StatisticsReporter reporter(path);
    for (uint64_t i = 1; i <= 100; ++i) reporter.report(reading_of(i));
  }
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file);
  EXPECT_EQ(json["taken_unix_ns"], 100);
  EXPECT_EQ(json["tasks"][0]["records"]["matched"], 100);
  std::remove(path.c_str());
}

TEST(StatisticsReporter, AMessageIsTakenOnce) {
  StatisticsReporter reporter("");
  reporter.report(reading_of(5));
  std::optional<v1::Statistics> message;
  while (!message) message = reporter.take_message();
  EXPECT_EQ(message->tasks(0).records().matched(), 5U);
  EXPECT_FALSE(reporter.take_message());
}

}  // namespace
}  // namespace lictor
