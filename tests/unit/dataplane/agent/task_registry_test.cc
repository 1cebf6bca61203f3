// The life of a task, with the real encoder loop, handover and table.
#include "dataplane/agent/task_registry.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

using testing::Contains;
using testing::Not;

TEST(TaskRegistry, TaskNeedsItsTapAndItsMediationInEitherOrder) {
  RegistryBench bench;
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.report(1), TaskReport::kPending);
  EXPECT_EQ(bench.matches(), 0U);
  ASSERT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);

  ASSERT_TRUE(bench.mediation(mediation_message(2, bench.port())).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
  ASSERT_TRUE(bench.tap(tap_message(2)).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 2U);
  bench.run_until_reported(1, TaskReport::kActive);
  bench.run_until_reported(2, TaskReport::kActive);
  EXPECT_EQ(bench->active_count(bench.now()), 2U);
}

TEST(TaskRegistry, WindowThatEndsDrainsAndEndsTheTask) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  bench.advance(3600);
  EXPECT_EQ(bench.matches(), 0U);
  EXPECT_EQ(bench->active_count(bench.now()), 0U);
  bench.run_until_reported(1, TaskReport::kEnded);
  const RecordTotals totals = bench->totals();
  EXPECT_EQ(totals.events, 4U);  // activated and begin, end and deactivated
  EXPECT_EQ(totals.appended, 4U);
  EXPECT_EQ(totals.confirmed, 4U);
  EXPECT_EQ(totals.in_spool + totals.in_rings, 0U);
}

TEST(TaskRegistry, WithdrawnTaskLeavesTheTableBeforeTheEncoderIsTold) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  const uint64_t commands = bench.encoder().commands_done.get();
  bench.withdraw(1);
  EXPECT_EQ(bench.matches(), 1U) << "in force only after commit()";
  bench.encode();
  EXPECT_EQ(bench.encoder().commands_done.get(), commands);
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
  bench.run_until_reported(1, TaskReport::kEnded);
  EXPECT_EQ(bench->totals().events, 4U);
}

TEST(TaskRegistry, RevokedTaskHasNoClosingRecords) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  bench.withdraw(1, true);
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kEnded);
  EXPECT_EQ(bench->totals().events, 2U);
}

TEST(TaskRegistry, TapThatNarrowsWhatNoStageCanIsRefusedAndCopiesNothing) {
  RegistryBench bench({.patterns = false});
  v1::Tap tap = tap_message(1);
  tap.add_patterns()->set_literal("x");
  ASSERT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
  EXPECT_EQ(bench.tap(tap).code(), absl::StatusCode::kUnimplemented);
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
}

TEST(TaskRegistry, WithdrawalOfWhatIsNotKnownChangesNothing) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.withdraw(2);
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
}

TEST(TaskRegistry, SameDirectiveAgainTellsTheAgencyNothing) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  const uint64_t commands = bench.encoder().commands_done.get();
  ASSERT_TRUE(bench.activate(1).ok());
  bench.encode();
  EXPECT_EQ(bench.encoder().commands_done.get(), commands);
  EXPECT_EQ(bench->totals().events, 2U);
}

TEST(TaskRegistry, ChangedTapReplacesTheTaskAndTellsTheAgency) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  v1::Tap changed = tap_message(1);
  changed.mutable_targets(0)->mutable_prefix()->set_address(std::string("\xc0\x00\x02\x08", 4));
  ASSERT_TRUE(bench.tap(changed).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
  bench.run_until([&] { return bench->totals().events == 3; });  // and liModified
  EXPECT_EQ(bench.report(1), TaskReport::kActive);
}

TEST(TaskRegistry, EndThatIsBroughtForwardEndsTheTask) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  v1::Tap changed = tap_message(1);
  changed.mutable_window()->set_end_unix_ns(bench.now().unix_ns + kNanosecondsPerSecond);
  ASSERT_TRUE(bench.tap(changed).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
  bench.advance(2);
  EXPECT_EQ(bench.matches(), 0U);
  bench.run_until_reported(1, TaskReport::kEnded);
}

TEST(TaskRegistry, ScopesNameThisElementsPortsAndGroups) {
  RegistryBench bench;
  const auto scoped = [&](uint8_t number, const std::function<void(v1::Scope&)>& set) {
    v1::Tap tap = tap_message(number);
    set(*tap.mutable_targets(0)->mutable_scope());
    EXPECT_TRUE(bench.tap(tap).ok());
    EXPECT_TRUE(bench.mediation(mediation_message(number, bench.port())).ok());
    bench->commit(bench.now());
  };
  scoped(1, [](v1::Scope& scope) { scope.set_port("east"); });
  EXPECT_EQ(bench.matches(0), 1U);
  EXPECT_EQ(bench.matches(1), 0U);
  scoped(2, [](v1::Scope& scope) { scope.set_tap_group("edge"); });
  EXPECT_EQ(bench.matches(1), 1U);
  scoped(3, [](v1::Scope& scope) { scope.set_network_element_id("NE-2"); });
  EXPECT_EQ(bench.matches(0), 1U);
  EXPECT_EQ(bench.matches(1), 1U);
  scoped(4, [](v1::Scope& scope) { scope.add_vlans(100); });
  EXPECT_EQ(bench.matches(0, {{.control = 100}}), 2U);
  EXPECT_EQ(bench.matches(0, {{.control = 101}}), 1U);
}

TEST(TaskRegistry, TapOfSignallingAloneCopiesNothing) {
  RegistryBench bench;
  v1::Tap tap = tap_message(1);
  tap.set_content(v1::CONTENT_IRI);
  ASSERT_TRUE(bench.tap(tap).ok());
  ASSERT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
  bench.run_until_reported(1, TaskReport::kActive);
}

TEST(TaskRegistry, WhoseTargetsAreInNoTableTapsNobody) {
  RegistryBench bench;
  const auto activate = [&](const v1::Tap& tap, uint8_t number) {
    EXPECT_TRUE(bench.tap(tap).ok());
    EXPECT_TRUE(bench.mediation(mediation_message(number, bench.port())).ok());
    bench->commit(bench.now());
  };
  EXPECT_FALSE(bench->taps_anybody());
  v1::Tap tap = tap_message(1);
  tap.set_content(v1::CONTENT_IRI);
  activate(tap, 1);
  EXPECT_FALSE(bench->taps_anybody()) << "signalling alone";
  tap = tap_message(2);
  tap.mutable_targets(0)->mutable_scope()->set_port("elsewhere");
  activate(tap, 2);
  EXPECT_FALSE(bench->taps_anybody()) << "in a scope that is not here";
  tap = tap_message(3);
  tap.mutable_window()->set_start_unix_ns(kStart + 60 * kNanosecondsPerSecond);
  activate(tap, 3);
  EXPECT_TRUE(bench->taps_anybody()) << "before its window";
  bench.withdraw(3);
  EXPECT_FALSE(bench->taps_anybody());
  activate(flow_tap_message(4), 4);
  EXPECT_TRUE(bench->taps_anybody()) << "a flow";
}

TEST(TaskRegistry, TaskBehindItsWindowIsRefused) {
  RegistryBench bench;
  bench.advance(3600);
  EXPECT_FALSE(bench.activate(1).ok());
  EXPECT_EQ(bench.matches(), 0U);
}

TEST(TaskRegistry, WithdrawnTaskDoesNotComeBack) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.withdraw(1);
  bench->commit(bench.now());
  EXPECT_FALSE(bench.tap(tap_message(1)).ok());
  EXPECT_FALSE(bench.mediation(mediation_message(1, bench.port())).ok());
}

TEST(TaskRegistry, ReplayIsRefusedTowardsARealAgency) {
  RegistryBench bench({.replay = true});
  v1::Mediation real = mediation_message(1, bench.port());
  real.mutable_hi3()->set_lab(false);
  real.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_IN_IPSEC);
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  EXPECT_FALSE(bench.mediation(real).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
  EXPECT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
}

TEST(TaskRegistry, SlotsAreUsedAgainOnlyWhenTheirTasksHaveEndedAndTheSumsGoOn) {
  RegistryBench bench({.tasks_max = 2});
  ASSERT_TRUE(bench.activate(1).ok());
  ASSERT_TRUE(bench.activate(2).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(bench.activate(3)));
  bench.withdraw(1);
  bench->commit(bench.now());
  EXPECT_TRUE(absl::IsResourceExhausted(bench.activate(3))) << "its records are not delivered yet";
  bench.run_until_reported(1, TaskReport::kEnded);
  const uint64_t events = bench->totals().events;
  ASSERT_TRUE(bench.activate(3).ok());
  EXPECT_EQ(bench.report(1), std::nullopt);
  EXPECT_EQ(bench->totals().events, events);
  bench.run_until_reported(3, TaskReport::kActive);
  EXPECT_EQ(bench.matches(), 2U);
  for (const TaskView& view : bench->views()) {
    if (view.xid == xid_of(3)) {
      EXPECT_EQ(view.records.events, 2U) << "the account began anew";
    }
  }
}

TEST(TaskRegistry, LossesThatNoLaterCopyTellsOfAreToldAtTheEnd) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  bench.rx().tasks[0].matched.add(5);
  bench.rx().tasks[0].dropped.add(RecordDrop::kRingFull, 5);
  bench.withdraw(1);
  bench->commit(bench.now());
  EXPECT_THAT(bench.alarm_codes(), Contains("records_lost"));
  bench.run_until_reported(1, TaskReport::kEnded);
  EXPECT_EQ(bench->totals().events, 5U) << "with an HI1 alarm";
}

TEST(TaskRegistry, ClockThatIsSetBackDoesNotProlongATask) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  const SocketTime long_after{socket_now().ns + 3700 * kNanosecondsPerSecond};
  bench->tick(bench.now(), long_after);
  EXPECT_EQ(bench.matches(), 0U);
  EXPECT_THAT(bench.alarm_codes(), Contains("clock_stepped"));
}

TEST(TaskRegistry, ATaskThatIsChangedAfterTheClockWasSetBackEndsWhenItWouldHave) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  bench.advance(-1800);
  v1::Tap tap = tap_message(1);
  set_prefix(*tap.add_targets()->mutable_prefix(), std::string("\xc0\x00\x02\x08", 4), 32);
  ASSERT_TRUE(bench.tap(tap).ok());
  bench->commit(bench.now());
  const SocketTime behind_its_end{socket_now().ns + 3700 * kNanosecondsPerSecond};
  bench->tick(bench.now(), behind_its_end);
  EXPECT_THAT(bench.alarm_codes(), Contains("clock_stepped"));
}

TEST(TaskRegistry, ATapThatIsOverDoesNotBeginWhenTheClockIsSetBack) {
  RegistryBench bench;
  bench->tick(bench.now(), socket_now());
  bench.advance(2 * 3600);
  bench->tick(bench.now(), socket_now());
  bench.advance(-2 * 3600);
  EXPECT_FALSE(bench.activate(1).ok());
  EXPECT_EQ(bench.matches(), 0U);
}

TEST(TaskRegistry, ThatTimeCannotBeTrustedIsToldToEachActiveTaskOnceAndToThoseThatBeginMeanwhile) {
  RegistryBench bench;
  const auto events = [&] {
    bench.encode();
    bench->tick(bench.now(), socket_now());
    bench.encode();
    return bench->totals().events;
  };
  ASSERT_TRUE(bench.activate(1).ok());
  bench.run_until_reported(1, TaskReport::kActive);
  EXPECT_EQ(events(), 2U);
  bench->tell_time(false, "time is not to be trusted");
  EXPECT_EQ(events(), 3U);
  EXPECT_EQ(events(), 3U) << "once";
  ASSERT_TRUE(bench.activate(2).ok());
  bench.run_until_reported(2, TaskReport::kActive);
  EXPECT_EQ(events(), 6U);
  bench->tell_time(true, "time is to be trusted again");
  EXPECT_EQ(events(), 8U);
  ASSERT_TRUE(bench.activate(3).ok());
  bench.run_until_reported(3, TaskReport::kActive);
  EXPECT_EQ(events(), 10U) << "it never heard that it could not";
}

TEST(TaskRegistry, TasksThatAreNotCompleteAreBoundedToo) {
  RegistryBench bench({.tasks_max = 2});
  EXPECT_TRUE(bench.tap(tap_message(1)).ok());
  EXPECT_TRUE(bench.mediation(mediation_message(2)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(bench.tap(tap_message(3))));
  bench.withdraw(1);
  EXPECT_TRUE(bench.tap(tap_message(3)).ok());
}

TEST(TaskRegistry, WhatTheFormatCannotSayIsRefusedAndTakesNoSlot) {
  RegistryBench bench({.tasks_max = 1});
  v1::Mediation odd = mediation_message(1, bench.port());
  odd.set_authorization_country("1!");
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(bench.mediation(odd)));
  ASSERT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
}

}  // namespace
}  // namespace lictor
