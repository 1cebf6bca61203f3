// What agencies are told: by whom of their tasks, over which line, and how much of it at a time.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

// Events of a task beside those of its begin.
class Told {
 public:
  explicit Told(RegistryBench& bench) : bench_(bench) {}
  uint64_t operator()(uint8_t number) {
    bench_.encode();
    return bench_->view(xid_of(number))->records.events - 2;  // liActivated, begin
  }
  uint64_t all() {
    bench_.encode();
    uint64_t sum = 0;
    for (const TaskView& view : bench_->views()) sum += std::max<uint64_t>(view.records.events, 2) - 2;
    return sum;
  }

 private:
  RegistryBench& bench_;
};

v1::Mediation with_own(uint8_t number, uint16_t port) {
  v1::Mediation mediation = mediation_message(number, port);
  mediation.mutable_profile()->mutable_connections()->set_per_liid(true);
  return mediation;
}

void activate(RegistryBench& bench, const v1::Mediation& mediation, uint8_t number) {
  ASSERT_TRUE(bench.tap(tap_message(number)).ok());
  ASSERT_TRUE(bench.mediation(mediation).ok());
  bench->commit(bench.now());
  bench.run_until_reported(number, TaskReport::kActive);
}

TEST(TaskWords, WhatTheTasksOfADestinationHaveInCommonOneOfThemTells) {
  RegistryBench bench;
  Told told(bench);
  for (uint8_t number = 1; number <= 3; ++number) activate(bench, mediation_message(number, bench.port()), number);
  bench->tell_destination("lea/hi2", "late");
  EXPECT_EQ(told.all(), 1U);
  bench->tell_connection("lea/hi3", std::nullopt, "away");
  EXPECT_EQ(told.all(), 2U);
  bench->tell_destination("lea2/hi3", "late");
  EXPECT_EQ(told.all(), 2U);
}

TEST(TaskWords, ADestinationIsToldWhereEachTaskHasAConnectionOfItsOwn) {
  RegistryBench bench;
  Told told(bench);
  for (uint8_t number = 1; number <= 2; ++number) activate(bench, with_own(number, bench.port()), number);
  bench->tell_connection("lea/hi3", std::nullopt, "away");
  EXPECT_EQ(told.all(), 0U) << "nobody shares one";
  bench->tell_destination("lea/hi3", "late");
  EXPECT_EQ(told.all(), 1U);
  bench->tell_connection("lea/hi3", xid_of(2), "away");
  EXPECT_EQ(told(2), 1U);
  EXPECT_EQ(told.all(), 2U);
}

TEST(TaskWords, WhoDoesNotListenIsNotTheOneToTell) {
  RegistryBench bench;
  Told told(bench);
  v1::Mediation off = mediation_message(1, bench.port());
  off.mutable_profile()->mutable_agency_alarms()->set_form(v1::AGENCY_ALARM_FORM_OFF);
  activate(bench, off, 1);
  ASSERT_TRUE(bench.activate(2).ok());
  bench.run_until_reported(2, TaskReport::kActive);
  bench->tell_destination("lea/hi2", "late");
  EXPECT_EQ(told(2), 1U);
}

TEST(TaskWords, OfManyTasksSoManyTellBetweenTwoTicks) {
  constexpr uint8_t kTasks = 100;
  static_assert(kTasks > TaskRegistry::kWordsPerTick && kTasks < 2 * TaskRegistry::kWordsPerTick);
  RegistryBench bench({.tasks_max = kTasks});
  Told told(bench);
  for (uint8_t number = 0; number < kTasks; ++number) {
    ASSERT_TRUE(bench.activate(number).ok());
    bench.run_until_reported(number, TaskReport::kActive);
  }
  bench->tell_time(false, "time is not to be trusted");
  bench->tick(bench.now(), socket_now());
  EXPECT_EQ(told.all(), TaskRegistry::kWordsPerTick);
  bench->tick(bench.now(), socket_now());
  EXPECT_EQ(told.all(), kTasks);
  bench->tick(bench.now(), socket_now());
  EXPECT_EQ(told.all(), kTasks);
}

TEST(TaskWords, WhatManyTasksLostIsToldOverSeveralTicks) {
  constexpr uint8_t kTasks = 100;
  RegistryBench bench({.tasks_max = kTasks});
  Told told(bench);
  for (uint8_t number = 0; number < kTasks; ++number) {
    ASSERT_TRUE(bench.activate(number).ok());
    bench.run_until_reported(number, TaskReport::kActive);
    bench.give_up(number);
  }
  bench->tick(bench.now(), socket_now());
  bench->tell_given_up(bench.now());
  EXPECT_EQ(told.all(), 0U) << "it may go on";
  bench.advance(5);
  bench->tick(bench.now(), socket_now());
  bench->tell_given_up(bench.now());
  EXPECT_EQ(told.all(), TaskRegistry::kWordsPerTick);
  bench->tick(bench.now(), socket_now());
  EXPECT_EQ(told.all(), kTasks);
}

TEST(TaskWords, AMessageGoesByOneWarrantOfEachDestinationAndByNoTestLine) {
  RegistryBench bench;
  Told told(bench);
  v1::Mediation test = mediation_message(1, bench.port());
  test.mutable_hi2()->set_id("lea/hi2/acceptance");
  test.mutable_hi3()->set_id("lea/hi3/acceptance");
  test.mutable_profile()->mutable_agency_alarms()->set_backlog_records(2);
  activate(bench, test, 1);
  EXPECT_EQ(bench->send_message("lea", "hello", TaskCommand::Kind::kNote), 0U);
  bench->tell_destination("lea/hi2/acceptance", "late");
  EXPECT_EQ(bench->backlog_rule("lea/hi2/acceptance").limits, BacklogLimits{});
  EXPECT_EQ(told.all(), 0U);
  ASSERT_TRUE(bench.activate(2).ok());
  EXPECT_EQ(bench->send_message("lea", "hello", TaskCommand::Kind::kNote), 0U) << "it is not active yet";
  bench.run_until_reported(2, TaskReport::kActive);
  ASSERT_TRUE(bench.activate(3).ok());
  bench.run_until_reported(3, TaskReport::kActive);
  EXPECT_EQ(bench->send_message("lea", "hello", TaskCommand::Kind::kNote), 1U);
  EXPECT_EQ(told.all(), 1U);
}

TEST(TaskWords, WhatEndedTasksLeftIsWatchedByTheirLimits) {
  RegistryBench bench;
  v1::Mediation draining = mediation_message(1, bench.port());
  draining.mutable_profile()->mutable_agency_alarms()->set_backlog_records(500);
  draining.mutable_profile()->mutable_confirm()->set_interval_ms(60'000);
  activate(bench, draining, 1);
  EXPECT_EQ(bench->backlog_rule("lea/hi3").limits.records, 500U);
  EXPECT_EQ(bench->backlog_rule("lea/hi3").settle_ns, 120 * kNanosecondsPerSecond);
  EXPECT_EQ(bench->backlog_rule("lea/hi4").limits, BacklogLimits{});
  bench.withdraw(1);
  bench->commit(bench.now());
  EXPECT_EQ(bench.report(1), TaskReport::kDraining);
  EXPECT_EQ(bench->backlog_rule("lea/hi3").limits.records, 500U);
  v1::Mediation running = mediation_message(2, bench.port());
  running.mutable_profile()->mutable_agency_alarms()->set_backlog_records(7);
  activate(bench, running, 2);
  EXPECT_EQ(bench->backlog_rule("lea/hi3").limits.records, 7U);
}

TEST(TaskWords, OfAnAnnulledTaskNothingIsToldAtItsEnd) {
  RegistryBench bench;
  for (const bool revoked : {false, true}) {
    const uint8_t number = revoked ? 2 : 1;
    ASSERT_TRUE(bench.activate(number).ok());
    bench.run_until_reported(number, TaskReport::kActive);
    bench.give_up(revoked ? 1 : 0);
    const uint64_t before = bench->view(xid_of(number))->records.events;
    bench.withdraw(number, revoked);
    bench->commit(bench.now());
    bench.run_until_reported(number, TaskReport::kEnded);
    // Else the words, the report and liDeactivated.
    EXPECT_EQ(bench->view(xid_of(number))->records.events - before, revoked ? 0U : 3U);
  }
}

}  // namespace
}  // namespace lictor
