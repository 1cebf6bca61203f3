// A whole state from lictord: what it does not mention ends, what it repeats goes on.
#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

TEST(Snapshot, TaskThatIsNotMentionedEnds) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  ASSERT_TRUE(bench.activate(2).ok());
  bench->begin_snapshot();
  ASSERT_TRUE(bench.activate(2).ok());
  EXPECT_EQ(bench.matches(), 2U) << "not before all was sent";
  bench->end_snapshot(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
  bench.run_until_reported(1, TaskReport::kEnded);
  bench.run_until_reported(2, TaskReport::kActive);
}

TEST(Snapshot, TaskOfWhichOnlyHalfIsMentionedEnds) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench->begin_snapshot();
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  bench->end_snapshot(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
}

TEST(Snapshot, HalfATaskThatWasNewlyMentionedWaitsForTheOther) {
  RegistryBench bench;
  bench->begin_snapshot();
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  bench->end_snapshot(bench.now());
  ASSERT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
}

TEST(Snapshot, TaskThatHasEndedIsLeftAlone) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  bench.withdraw(1);
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kEnded);
  bench->begin_snapshot();
  bench->end_snapshot(bench.now());
  EXPECT_EQ(bench.report(1), TaskReport::kEnded);
}

}  // namespace
}  // namespace lictor
