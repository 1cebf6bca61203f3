// The deadline of a compilation, and what becomes of one that missed it.
#include "dataplane/pattern/pattern_compiler.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

// Takes Hyperscan a second, and is refused or not by the machine's speed; the tests' deadline is far below.
const std::vector<Pattern> kSlow = {expression("((a{1,100}b){1,100}c){1,100}")};
const std::vector<Pattern> kQuick = {literal("quick")};
constexpr uint32_t kGenerousMs = 60'000;

TEST(PatternCompiler, CompilesForEveryLcore) {
  PatternCompiler compiler({.compile_ms_max = kGenerousMs}, 2);
  const Result<SetOwner> set = compiler.compile(kQuick);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_NE((*set)->scratch(0), (*set)->scratch(1));
}

TEST(PatternCompiler, ARefusalIsTheSets) {
  PatternCompiler compiler({.compile_ms_max = kGenerousMs}, 1);
  EXPECT_EQ(compiler.compile(std::vector{expression("(")}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PatternCompiler, WhatTakesTooLongIsRefusedAndMakesRoomWhenItEnds) {
  PatternCompiler compiler({.compile_ms_max = 1, .compilers_max = 1}, 1);
  const Status late = compiler.compile(kSlow).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded) << late;
  EXPECT_THAT(std::string(late.message()), testing::HasSubstr("longer than 1 ms"));
  EXPECT_EQ(compiler.compile(kQuick).status().code(), absl::StatusCode::kResourceExhausted);
  // The thread ends by itself; then there is room, though the deadline is still what it is.
  Status status = absl::ResourceExhaustedError("");
  while (status.code() == absl::StatusCode::kResourceExhausted) status = compiler.compile(kQuick).status();
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kDeadlineExceeded) << status;
}

}  // namespace
}  // namespace lictor
