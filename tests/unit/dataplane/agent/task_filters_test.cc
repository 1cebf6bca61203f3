// How the registry puts patterns, exclusions and the handover's own peers in force: with the table that they belong to.
#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"
#include "tests/unit/dataplane/packet/level_of.h"

namespace lictor {
namespace {

constexpr TaskSlot kFirst{0};

v1::Tap tap_with_pattern(uint8_t number, const std::string& literal) {
  v1::Tap tap = tap_message(number);
  tap.add_patterns()->set_literal(literal);
  return tap;
}

class Filters : public testing::Test {
 protected:
  void activate(const v1::Tap& tap, uint8_t number = 1) {
    ASSERT_TRUE(bench_.tap(tap).ok());
    ASSERT_TRUE(bench_.mediation(mediation_message(number, bench_.port())).ok());
    bench_->commit(bench_.now());
  }
  const TaskFilter* filter(TaskSlot slot = kFirst) const {
    return bench_.filters() == nullptr ? nullptr : bench_.filters()->of(slot);
  }

  RegistryBench bench_;
};

TEST_F(Filters, ATaskThatNothingNarrowsHasNone) {
  ASSERT_TRUE(bench_.activate(1).ok());
  EXPECT_EQ(bench_.filters(), nullptr);
}

TEST_F(Filters, PatternsAndExclusionsComeWithTheTable) {
  v1::Tap tap = tap_with_pattern(1, "needle");
  set_prefix(*tap.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 24);
  activate(tap);
  ASSERT_NE(filter(), nullptr);
  EXPECT_NE(filter()->patterns, nullptr);
  const Octets frame = ethernet(kIpv4Type, ipv4({}, udp()));
  EXPECT_TRUE(filter()->exclusions->excludes(level_of(frame), frame));
  EXPECT_EQ(bench_.matches(), 1U) << "the table itself matches";
}

TEST_F(Filters, NothingIsInForceBeforeTheTargetIs) {
  ASSERT_TRUE(bench_.tap(tap_with_pattern(1, "needle")).ok());
  bench_->commit(bench_.now());
  EXPECT_EQ(bench_.filters(), nullptr) << "without its mediation the task copies nothing";
}

TEST_F(Filters, APatternThatCannotBeCompiledIsRefusedByItsFieldAndThoseThatBothHaveStay) {
  activate(tap_with_pattern(1, "needle"));
  const uint64_t before = filter()->patterns->id();
  v1::Tap wrong = tap_with_pattern(1, "needle");
  wrong.add_patterns()->set_expression("(jemand");
  const Status refused = bench_.tap(wrong);
  EXPECT_THAT(std::string(refused.message()), testing::StartsWith("tap.patterns[1]: "));
  EXPECT_THAT(std::string(refused.message()), testing::Not(testing::HasSubstr("jemand")));
  bench_->commit(bench_.now());
  EXPECT_EQ(filter()->patterns->id(), before);
  EXPECT_FALSE(bench_.tap(wrong).ok()) << "what was refused is not taken for known";
}

TEST_F(Filters, ATaskThatIsRefusedLeavesNothingBehind) {
  v1::Tap wrong = tap_message(1);
  wrong.add_patterns()->set_expression("(");
  ASSERT_FALSE(bench_.tap(wrong).ok());
  EXPECT_TRUE(bench_->views().empty());
}

TEST_F(Filters, TheSamePatternsAreNotCompiledAgain) {
  activate(tap_with_pattern(1, "needle"));
  const uint64_t before = filter()->patterns->id();
  v1::Tap longer = tap_with_pattern(1, "needle");
  longer.mutable_window()->set_end_unix_ns(longer.window().end_unix_ns() + 1);
  ASSERT_TRUE(bench_.tap(longer).ok());
  bench_->commit(bench_.now());
  EXPECT_EQ(filter()->patterns->id(), before) << "its flows stay selected";
  ASSERT_TRUE(bench_.tap(tap_with_pattern(1, "thread")).ok());
  bench_->commit(bench_.now());
  EXPECT_NE(filter()->patterns->id(), before);
}

TEST_F(Filters, WhatATapGivesUpIsGoneWithItsTable) {
  activate(tap_with_pattern(1, "needle"));
  ASSERT_TRUE(bench_.tap(tap_message(1)).ok());
  bench_->commit(bench_.now());
  EXPECT_EQ(filter(), nullptr);
  activate(tap_with_pattern(2, "needle"), 2);
  ASSERT_NE(filter(TaskSlot{1}), nullptr);
  bench_.withdraw(2);
  bench_->commit(bench_.now());
  EXPECT_EQ(filter(TaskSlot{1}), nullptr);
}

TEST(OwnPeers, AreLeftOutOfTheTableBeforeTheyAreDialled) {
  RegistryBench bench({.peers = true});
  ASSERT_TRUE(bench.activate(1).ok());
  EXPECT_FALSE(bench.is_connected());
  bench.run_until([&] { return bench.is_connected(); });
  ASSERT_NE(bench.filters(), nullptr);
  Octets segment;
  append16(segment, 40000);
  append16(segment, bench.port());
  segment.resize(20);
  const Octets own =
      ethernet(kIpv4Type, ipv4({.protocol = 6, .source = {192, 0, 2, 7}, .destination = {127, 0, 0, 1}}, segment));
  EXPECT_TRUE(bench.filters()->own().excludes(level_of(own), own));
}

}  // namespace
}  // namespace lictor
