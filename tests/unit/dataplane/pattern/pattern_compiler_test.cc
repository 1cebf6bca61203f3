// The deadline of a compilation, and what becomes of one that missed it.
#include "dataplane/pattern/pattern_compiler.h"

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>

#include <atomic>

#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

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
  absl::Notification told_to_end;
  absl::Notification may_end;
  const auto compile = [&](std::span<const Pattern> patterns, const PatternLimits& limits, size_t lcores,
                           const std::atomic<bool>& given_up) -> Result<SetOwner> {
    may_end.WaitForNotification();
    if (given_up && !told_to_end.HasBeenNotified()) told_to_end.Notify();
    return PatternSet::compile(patterns, limits, lcores, given_up);
  };
  PatternCompiler compiler({.compile_ms_max = 1, .compilers_max = 1}, 1, compile);
  const Status late = compiler.compile(kQuick).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded) << late;
  EXPECT_THAT(std::string(late.message()), testing::HasSubstr("longer than 1 ms"));
  EXPECT_EQ(compiler.compile(kQuick).status().code(), absl::StatusCode::kResourceExhausted);
  may_end.Notify();
  told_to_end.WaitForNotification();
  // The thread ends by itself; then there is room, though the deadline is still what it is.
  Status status = absl::ResourceExhaustedError("");
  while (status.code() == absl::StatusCode::kResourceExhausted) status = compiler.compile(kQuick).status();
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kDeadlineExceeded) << status;
}

}  // namespace
}  // namespace lictor
