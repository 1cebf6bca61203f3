// What a matcher may use: streams, time, and what it says where that does not suffice.
#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

SegmentFields from_port(uint16_t port) { return {.from = {{192, 0, 2, 7}, port}}; }

TEST(PatternBounds, TheQuietestStreamIsGivenUpForANewOneAndCounted) {
  const SetOwner set = compiled({literal("needle")});
  PatternLimits limits = MatcherBench::small();
  limits.streams_max = 2;
  MatcherBench bench(limits);
  for (uint16_t port = 1; port <= 2; ++port) EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "ne", from_port(port))));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(102, "ed", from_port(1))));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "need", from_port(3))));
  EXPECT_EQ(bench.account().streams_evicted.get(), 1U);
  EXPECT_TRUE(bench.selects(*set, tcp_packet(104, "le", from_port(1))));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(104, "le", from_port(3))));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(102, "edle", from_port(2)))) << "its beginning was given up";
}

TEST(PatternBounds, BothDirectionsOfOneConnectionFitTheSmallestPool) {
  const SetOwner set = compiled({literal("needle")});
  PatternLimits limits = MatcherBench::small();
  limits.streams_max = 2;
  MatcherBench bench(limits);
  for (uint16_t port = 1; port < 20; ++port) {
    const SegmentFields there = from_port(port);
    const SegmentFields back{.from = there.to, .to = there.from};
    EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee", there)));
    EXPECT_FALSE(bench.selects(*set, tcp_packet(700, "nee", back)));
    EXPECT_TRUE(bench.selects(*set, tcp_packet(103, "dle", there)));
    EXPECT_TRUE(bench.selects(*set, tcp_packet(703, "dle", back)));
  }
}

TEST(PatternBounds, AStreamThatEndsMakesRoom) {
  const SetOwner set = compiled({literal("needle")});
  PatternLimits limits = MatcherBench::small();
  limits.streams_max = 2;
  for (const uint8_t flags : {kTcpFin, kTcpReset}) {
    MatcherBench bench(limits);
    EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "need", from_port(1))));
    for (uint16_t port = 2; port < 10; ++port) {
      SegmentFields fields = from_port(port);
      fields.flags = flags;
      EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "hay", fields)));
    }
    EXPECT_EQ(bench.account().streams_evicted.get(), 0U);
    EXPECT_TRUE(bench.selects(*set, tcp_packet(104, "le", from_port(1))));
  }
}

TEST(PatternBounds, AQuietStreamEndsAndIsNoEviction) {
  const SetOwner set = compiled({literal("needle")});
  PatternLimits limits = MatcherBench::small();
  limits.stream_idle_s = 10;
  MatcherBench bench(limits);
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee"), {0}));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(103, "d"), {10 * kSecond}));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(104, "le"), {20 * kSecond}));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(106, "nee"), {20 * kSecond}));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(109, "dle"), {30 * kSecond + 1}));
  EXPECT_EQ(bench.account().streams_evicted.get(), 0U);
}

TEST(PatternBounds, ASetThatIsGoneLeavesItsStreamsToOthers) {
  PatternLimits limits = MatcherBench::small();
  limits.streams_max = 2;
  MatcherBench bench(limits);
  for (uint16_t port = 1; port < 10; ++port) {
    const SetOwner set = compiled({literal("needle")});
    EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee", from_port(port))));
    EXPECT_TRUE(bench.selects(*set, tcp_packet(103, "dle", from_port(port))));
  }
}

// The clock of these counts a million cycles a second: what may be kept is 20,000.
TEST(PatternBounds, BeyondTheBudgetPacketsAreNotLookedAt) {
  const SetOwner set = compiled({literal("needle")});
  PatternLimits limits = MatcherBench::small();
  limits.budget_percent = 50;
  MatcherBench bench(limits);
  MatcherBench::cycles_a_scan = 15'000;
  MatcherBench::cycles = 1'000'000;
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));  // 20,000 - 15,000
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));  // + 7,500 - 15,000: overdrawn by 2,500
  MatcherBench::cycles_a_scan = 0;
  EXPECT_EQ(bench.judge(*set, udp_packet("needle")), PatternVerdict::kSelected) << "7,500 were earned meanwhile";
  MatcherBench::cycles_a_scan = 60'000;
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));
  MatcherBench::cycles_a_scan = 0;
  EXPECT_EQ(bench.judge(*set, udp_packet("needle")), PatternVerdict::kOverBudget);
  EXPECT_EQ(bench.judge(*set, udp_packet("hay")), PatternVerdict::kOverBudget) << "nobody knows";
  EXPECT_EQ(bench.account().over_budget.get(), 2U);
  MatcherBench::cycles += 200'000;
  EXPECT_EQ(bench.judge(*set, udp_packet("needle")), PatternVerdict::kSelected) << "time gives it back";
}

TEST(PatternBounds, AStreamThatWasNotLookedAtHasAGap) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  MatcherBench::cycles = 1'000'000;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
  MatcherBench::cycles_a_scan = 900'000;
  EXPECT_FALSE(bench.selects(*set, udp_packet("spends all")));
  MatcherBench::cycles_a_scan = 0;
  EXPECT_EQ(bench.judge(*set, tcp_packet(103, "d")), PatternVerdict::kOverBudget);
  MatcherBench::cycles += 100'000'000;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(104, "le")));
  EXPECT_EQ(bench.account().streams_restarted.get(), 1U);
}

TEST(CycleBudget, GivesItsShareAndKeepsNoMoreThanABurst) {
  CycleBudget budget(25, 100);
  ASSERT_TRUE(budget.admits(0));
  budget.spend(150);
  EXPECT_FALSE(budget.admits(200)) << "50 are owed, 50 were earned";
  EXPECT_TRUE(budget.admits(204));
  EXPECT_TRUE(budget.admits(1'000'000));
  budget.spend(101);
  EXPECT_FALSE(budget.admits(1'000'000)) << "a burst was kept, not what the time would have given";
}

TEST(CycleBudget, ADebtIsBoundedAndPaidByTimeThatPasses) {
  CycleBudget budget(1, 100);
  budget.spend(UINT64_MAX);
  EXPECT_FALSE(budget.admits(100 * 100 * 99)) << "99 bursts of a hundred are paid, less what was there";
  EXPECT_TRUE(budget.admits(100 * 100 * 99 + 100));
  budget.spend(UINT64_MAX);
  EXPECT_TRUE(budget.admits(UINT64_MAX / 2)) << "in one step";
}

TEST(CycleBudget, ACounterThatStepsBackGivesNothing) {
  CycleBudget budget(50, 100);
  ASSERT_TRUE(budget.admits(1000));
  budget.spend(100);
  EXPECT_FALSE(budget.admits(10));
  EXPECT_TRUE(budget.admits(12));
}

TEST(CycleBudget, SmallStepsAreNotLostInRounding) {
  CycleBudget budget(1, 100);
  budget.spend(100);
  for (uint64_t now = 1; now < 100; ++now) EXPECT_FALSE(budget.admits(now)) << now;
  EXPECT_TRUE(budget.admits(100));
}

}  // namespace
}  // namespace lictor
