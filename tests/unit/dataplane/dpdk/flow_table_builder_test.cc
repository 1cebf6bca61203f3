// Flows that come and go one task at a time: what the tables say, what is refused, and what stays.
#include "dataplane/flow_table_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/dataplane/dpdk/random_flows.h"

namespace lictor {
namespace {

using testing::HasSubstr;

constexpr FlowLimits kPatient = {.build_ms_max = 600'000};
constexpr SocketTime kNow = {kNanosecondsPerSecond};

class FlowTableBuilderTest : public testing::Test {
 protected:
  // What a builder left behind would hold up the next test's.
  void SetUp() override {
    while (FlowBuild::running() != 0) std::this_thread::yield();
  }

  std::vector<TargetRule> rules_of(TaskSlot slot, size_t count) {
    std::vector<TargetRule> rules;
    for (size_t i = 0; i < count; ++i) {
      rules.push_back(random_.rule(next_++));
      rules.back().slot = slot;
    }
    return rules;
  }

  Status set(FlowTableBuilder& builder, TaskSlot slot, size_t count) {
    std::vector<TargetRule> rules = rules_of(slot, count);
    Status status = builder.set(slot, rules, kNow);
    if (status.ok()) held_[slot] = std::move(rules);
    return status;
  }

  // The builder's table is that of all rules that it accepted.
  void expect_right(FlowTableBuilder& builder) {
    std::vector<TargetRule> all;
    for (const auto& [slot, rules] : held_) all.insert(all.end(), rules.begin(), rules.end());
    EXPECT_EQ(builder.rules(), all.size());
    const std::unique_ptr<const FlowTable> table = builder.build();
    std::vector<FlowPacket> packets(kBurst);
    for (int burst = 0; burst < 4; ++burst) {
      for (FlowPacket& packet : packets) packet = random_.packet();
      const std::vector<FlowMatches> matches = match_by_table(*table, packets, *lookup_);
      for (size_t i = 0; i < packets.size(); ++i) ASSERT_EQ(matches[i], match_naively(all, packets[i]));
    }
  }

  // Lets everything that should be built behind be built.
  static void settle(FlowTableBuilder& builder) {
    const uint64_t before = builder.builds();
    while (builder.builds() == before) {
      builder.follow(kNow);
      std::this_thread::yield();
    }
  }

  RandomFlows random_{11};
  int64_t next_ = 0;
  std::map<TaskSlot, std::vector<TargetRule>> held_;
  std::unique_ptr<FlowLookup> lookup_ = std::make_unique<FlowLookup>();
};

TEST_F(FlowTableBuilderTest, TablesFollowEveryChange) {
  FlowTableBuilder builder(kPatient);
  for (int change = 0; change < 300; ++change) {
    const TaskSlot slot{random_.below(100)};
    ASSERT_TRUE(set(builder, slot, random_.below(4) == 0 ? 0 : 1 + random_.below(12)).ok());
    builder.follow(kNow);
    ASSERT_NO_FATAL_FAILURE(expect_right(builder)) << "change " << change;
  }
  EXPECT_GT(builder.builds(), 0U) << "nothing was built behind";
}

TEST_F(FlowTableBuilderTest, ChangesDuringABuildAreNotLost) {
  FlowTableBuilder builder(kPatient);
  for (uint32_t slot = 0; slot < 10; ++slot) ASSERT_TRUE(set(builder, TaskSlot{slot}, 30).ok());
  builder.follow(kNow);  // begins
  ASSERT_TRUE(set(builder, TaskSlot{0}, 3).ok());
  ASSERT_TRUE(set(builder, TaskSlot{1}, 0).ok());
  ASSERT_TRUE(set(builder, TaskSlot{99}, 5).ok());
  expect_right(builder);
  settle(builder);
  EXPECT_EQ(builder.rules_beside(), 8U);
  expect_right(builder);
}

TEST_F(FlowTableBuilderTest, WhatIsGoneIsForgottenInTime) {
  FlowTableBuilder builder(kPatient);
  for (uint32_t slot = 0; slot < 10; ++slot) ASSERT_TRUE(set(builder, TaskSlot{slot}, 30).ok());
  settle(builder);
  for (uint32_t slot = 0; slot < 10; ++slot) ASSERT_TRUE(set(builder, TaskSlot{slot}, 0).ok());
  EXPECT_FALSE(builder.build()->empty()) << "the large set is still there, with all of its rules removed";
  expect_right(builder);
  settle(builder);
  EXPECT_TRUE(builder.build()->empty());
}

TEST_F(FlowTableBuilderTest, OneFlowTooManyIsRefusedAndTheOthersStay) {
  FlowTableBuilder builder({.rules_max = 20});
  ASSERT_TRUE(set(builder, TaskSlot{1}, 15).ok());
  const Status status = set(builder, TaskSlot{2}, 6);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.flows_max"));
  expect_right(builder);
  EXPECT_TRUE(set(builder, TaskSlot{1}, 20).ok()) << "those that it replaces do not count";
  EXPECT_TRUE(set(builder, TaskSlot{1}, 0).ok());
  EXPECT_TRUE(set(builder, TaskSlot{2}, 20).ok());
  expect_right(builder);
}

TEST_F(FlowTableBuilderTest, WrongFlowIsRefusedAndTheTaskKeepsItsOwn) {
  FlowTableBuilder builder(kPatient);
  ASSERT_TRUE(set(builder, TaskSlot{1}, 2).ok());
  std::vector<TargetRule> wrong = rules_of(TaskSlot{1}, 2);
  wrong[1].prefix = {};
  EXPECT_TRUE(absl::IsInvalidArgument(builder.set(TaskSlot{1}, wrong, kNow)));
  expect_right(builder);
}

TEST_F(FlowTableBuilderTest, MoreThanFitsBesideIsBuiltBeforeTheAnswer) {
  FlowTableBuilder builder(kPatient);
  ASSERT_TRUE(set(builder, TaskSlot{1}, FlowTableBuilder::kBesideMaxMin).ok());
  EXPECT_EQ(builder.builds(), 0U);
  ASSERT_TRUE(set(builder, TaskSlot{2}, 1).ok());
  EXPECT_EQ(builder.builds(), 1U);
  EXPECT_EQ(builder.rules_beside(), 0U);
  expect_right(builder);
}

TEST_F(FlowTableBuilderTest, WhatCannotBeBuiltIsRefusedAndEverythingStays) {
  FlowTableBuilder builder({.acl_bytes_max = 4096, .build_ms_max = 600'000});
  ASSERT_TRUE(set(builder, TaskSlot{1}, FlowTableBuilder::kBesideMaxMin).ok());
  const Status status = set(builder, TaskSlot{1}, FlowTableBuilder::kBesideMaxMin + 1);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.flow_acl_bytes_max"));
  EXPECT_EQ(builder.builds_failed(), 1U);
  expect_right(builder);
  EXPECT_EQ(set(builder, TaskSlot{2}, 1), status) << "at once, for a while";
  EXPECT_EQ(builder.builds_failed(), 1U);
  ASSERT_TRUE(set(builder, TaskSlot{1}, 3).ok()) << "less is always possible";
  ASSERT_TRUE(set(builder, TaskSlot{2}, 3).ok());
  expect_right(builder);
}

TEST_F(FlowTableBuilderTest, SetThatFailedBehindIsTriedAgainOnlyWhenItHasChangedAndLater) {
  FlowTableBuilder builder({.acl_bytes_max = 4096, .build_ms_max = 1000});
  ASSERT_TRUE(set(builder, TaskSlot{1}, 1000).ok());
  while (builder.builds_failed() == 0) {
    builder.follow(kNow);
    std::this_thread::yield();
  }
  while (FlowBuild::running() != 0) std::this_thread::yield();
  const SocketTime later = {kNow.ns + (FlowTableBuilder::kRetryAfterBuilds + 1) * kNanosecondsPerSecond};
  builder.follow(later);
  EXPECT_EQ(FlowBuild::running(), 0U) << "nothing has changed";
  ASSERT_TRUE(set(builder, TaskSlot{2}, 1).ok());
  builder.follow(kNow);
  EXPECT_EQ(FlowBuild::running(), 0U) << "too early";
  builder.follow(later);
  while (builder.builds_failed() == 1) {
    builder.follow(later);
    std::this_thread::yield();
  }
  expect_right(builder);
}

}  // namespace
}  // namespace lictor
