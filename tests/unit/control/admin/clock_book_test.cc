// How far the clocks of dataplanes are from the daemon's, by reports that may be late.
#include "control/admin/clock_book.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

v1::ClockStatistics clock_at(int64_t unix_ns, bool untrusted = false) {
  v1::ClockStatistics clock;
  clock.set_unix_ns(unix_ns);
  clock.set_untrusted(untrusted);
  return clock;
}

TEST(ClockBook, TheLeastDelayedOfTheLastReportsCounts) {
  ClockBook book;
  EXPECT_EQ(book.offset_ns("NE-1"), std::nullopt);
  for (const int64_t delay : {900, 3, 400, 7}) book.note("NE-1", clock_at(1000 - delay), {1000});
  EXPECT_EQ(book.offset_ns("NE-1"), -3);
  for (int i = 0; i < 5; ++i) book.note("NE-1", clock_at(1000 - 500), {1000});
  EXPECT_EQ(book.offset_ns("NE-1"), -500) << "it was set back";
  book.note("NE-1", clock_at(1000 + 500), {1000});
  EXPECT_EQ(book.offset_ns("NE-1"), 500) << "no delay makes a clock look ahead";
  book.forget("NE-1");
  EXPECT_EQ(book.offset_ns("NE-1"), std::nullopt);
}

TEST(ClockBook, ANonsensicalClockIsADifferenceAndNothingElse) {
  ClockBook book;
  book.note("NE-1", clock_at(INT64_MIN), {INT64_MAX});
  EXPECT_TRUE(book.offset_ns("NE-1").has_value());
}

}  // namespace
}  // namespace lictor::control
