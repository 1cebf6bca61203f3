// Many tasks are read, told and looked after a part at a time, and none is left out or there twice.
#include "dataplane/agent/paced_views.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "dataplane/agent/statistics.h"
#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

using testing::ElementsAre;

std::vector<Xid> xids_of(const std::vector<TaskView>& views) {
  std::vector<Xid> xids;
  for (const TaskView& view : views) xids.push_back(view.xid);
  return xids;
}

// Taps that wait for their mediations.
void add_waiting(RegistryBench& bench, size_t count) {
  v1::Tap tap = tap_message(1);
  for (size_t number = 0; number < count; ++number) {
    tap.set_xid(fmt::format("{:016}", number));
    ASSERT_TRUE(bench.tap(tap).ok());
  }
}

TEST(PacedViews, EachTaskIsReadOnce) {
  RegistryBench bench;
  for (uint8_t number = 1; number <= 4; ++number) ASSERT_TRUE(bench.activate(number).ok());
  PacedViews views;
  views.begin(*bench);
  EXPECT_FALSE(views.turn(*bench, 3));
  EXPECT_TRUE(views.turn(*bench, 3));
  EXPECT_THAT(xids_of(views.take()), ElementsAre(xid_of(1), xid_of(2), xid_of(3), xid_of(4)));
  views.begin(*bench);
  EXPECT_TRUE(views.turn(*bench, 4));
  EXPECT_EQ(views.take().size(), 4U);
}

TEST(PacedViews, ATaskThatIsForgottenMeanwhileIsCountedOnce) {
  RegistryBench bench({.tasks_max = 2});
  ASSERT_TRUE(bench.activate(1).ok());
  ASSERT_TRUE(bench.activate(2).ok());
  bench.withdraw(1);
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kEnded);
  const uint64_t events = bench->totals().events;
  PacedViews views;
  views.begin(*bench);
  EXPECT_FALSE(views.turn(*bench, 1));
  ASSERT_TRUE(bench.activate(3).ok());  // takes the slot of the first
  EXPECT_TRUE(views.turn(*bench, 1));
  const std::vector<TaskView> all = views.take();
  EXPECT_THAT(xids_of(all), ElementsAre(xid_of(2), xid_of(3)));
  EXPECT_EQ(bench->totals(all).events, events);
}

TEST(PacedViews, TasksBeyondThoseOfOneTickAreLookedAtByTheNext) {
  RegistryBench bench({.tasks_max = 2 * TaskRegistry::kTasksPerTick});
  add_waiting(bench, TaskRegistry::kTasksPerTick + 3);
  bench.advance(3601);  // their windows are over
  bench->tick(bench.now(), socket_now());
  EXPECT_EQ(bench->views().size(), 3U);
  bench->tick(bench.now(), socket_now());
  EXPECT_TRUE(bench->views().empty());
}

TEST(Statistics, PartsAndTheRestHaveEachTaskOnce) {
  v1::Statistics statistics;
  for (int number = 0; number < 2 * kTasksPerPart + 1; ++number)
    statistics.add_tasks()->set_xid(fmt::format("{:016}", number));
  std::vector<std::string> told;
  while (const std::optional<v1::TaskStatisticsPart> part = take_part(statistics)) {
    EXPECT_EQ(part->tasks_size(), kTasksPerPart);
    for (const v1::TaskStatistics& task : part->tasks()) told.push_back(task.xid());
  }
  EXPECT_EQ(statistics.tasks_size(), 1);
  told.push_back(statistics.tasks(0).xid());
  EXPECT_EQ(told.size(), size_t{2 * kTasksPerPart + 1});
  EXPECT_TRUE(std::ranges::is_sorted(told, std::less_equal<>()));
}

}  // namespace
}  // namespace lictor
