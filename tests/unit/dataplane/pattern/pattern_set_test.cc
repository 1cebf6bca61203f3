// What is compiled, what is refused, and that a refusal quotes nothing of a pattern.
#include "dataplane/pattern/pattern_set.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

std::string refusal(const std::vector<Pattern>& patterns, const PatternLimits& limits = {}) {
  const Result<SetOwner> set = try_compile(patterns, limits);
  EXPECT_FALSE(set.ok());
  return std::string(set.status().message());
}

TEST(PatternSet, EverySetHasAnIdOfItsOwn) {
  const SetOwner first = compiled({literal("a")});
  const SetOwner second = compiled({literal("a")});
  EXPECT_NE(first->id(), 0U);
  EXPECT_NE(first->id(), second->id());
}

TEST(PatternSet, EachLcoreHasScratchOfItsOwn) {
  const std::atomic<bool> never{false};
  const Pattern pattern = literal("a");
  const Result<SetOwner> set = PatternSet::compile(std::span(&pattern, 1), {}, 3, never);
  ASSERT_TRUE(set.ok());
  EXPECT_NE((*set)->scratch(0), (*set)->scratch(1));
  EXPECT_NE((*set)->scratch(1), (*set)->scratch(2));
}

TEST(PatternSet, WhatIsWrongWithAPatternIsSaidByItsNumber) {
  const Pattern good = literal("good");
  EXPECT_THAT(refusal({}), testing::HasSubstr("none"));
  EXPECT_THAT(refusal({good, literal("")}), testing::HasSubstr("patterns[1]: is empty"));
  EXPECT_THAT(refusal({good, expression("(open")}), testing::HasSubstr("patterns[1]: Missing close parenthesis"));
  EXPECT_THAT(refusal({good, good, expression("a*")}), testing::HasSubstr("patterns[2]: Pattern matches empty"));
  EXPECT_THAT(refusal({expression(std::string("a\0b", 3))}), testing::HasSubstr("patterns[0]: has a NUL"));
  EXPECT_THAT(refusal({expression("(*UTF8)a")}), testing::HasSubstr("patterns[0]: begins with a verb"));
  EXPECT_THAT(refusal({expression("end$")}), testing::HasSubstr("patterns[0]: matches at the end"));
  EXPECT_THAT(refusal({expression("(a)\\1")}), testing::HasSubstr("patterns[0]: "));
}

TEST(PatternSet, ARefusalQuotesNothingOfThePattern) {
  for (const char* const secret :
       {"(?<jemand>a)(?<jemand>b)", "[[:jemand:]]", "(*jemand)", "a\\p{jemand}", "(?jemand)"}) {
    EXPECT_THAT(refusal({expression(secret)}), testing::Not(testing::HasSubstr("jemand"))) << secret;
  }
}

TEST(PatternSet, EveryLimitHolds) {
  const std::vector<Pattern> two = {literal("a"), literal("b")};
  EXPECT_THAT(refusal(two, {.patterns_max = 1}), testing::HasSubstr("more than 1"));
  EXPECT_TRUE(try_compile(two, {.patterns_max = 2}).ok());
  EXPECT_THAT(refusal({literal("abc")}, {.pattern_bytes_max = 2}), testing::HasSubstr("patterns[0]: is longer than 2"));
  EXPECT_TRUE(try_compile({literal("ab")}, {.pattern_bytes_max = 2}).ok());
  EXPECT_THAT(refusal(two, {.database_bytes_max = 1000}), testing::HasSubstr("1000 are allowed"));
  EXPECT_THAT(refusal(two, {.stream_state_bytes_max = 8}), testing::HasSubstr("8 are allowed"));
}

// What a person could write to keep the dataplane busy: too large for Hyperscan, or for the limits here.
TEST(PatternSet, ExpressionsThatExplodeAreRefused) {
  EXPECT_THAT(refusal({expression("(.{1,30}a){25}")}), testing::HasSubstr("too large"));
  EXPECT_THAT(refusal({expression("(a.{1,200}b|c.{1,200}d|e.{1,200}f)x")}, {.database_bytes_max = 4096}),
              testing::HasSubstr("4096 are allowed"));
}

TEST(PatternSet, GivenUpIsNoticedBetweenTwoPatterns) {
  const std::atomic<bool> given_up{true};
  const std::vector<Pattern> two = {literal("a"), literal("b")};
  EXPECT_EQ(PatternSet::compile(two, {}, 1, given_up).status().code(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace lictor
