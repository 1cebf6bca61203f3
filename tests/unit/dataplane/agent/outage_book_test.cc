// What agencies are told of the times when nothing was delivered.
#include "dataplane/agent/outage_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lictor {
namespace {

AlarmEvent alarm(int64_t second, bool cleared, const std::string& side = "HI3", const std::string& id = "lea-hi3") {
  return {.code = "destination_down",
          .destination_id = id,
          .text = side + ": connected",
          .raised = {second * kNanosecondsPerSecond},
          .cleared = cleared};
}

TEST(OutageBook, AnAgencyThatIsBackIsToldBetweenWhichTimesItGotNothing) {
  OutageBook book(10 * kNanosecondsPerSecond);
  EXPECT_FALSE(book.note(alarm(1'800'000'000, false)));
  EXPECT_FALSE(book.note(alarm(1'800'000'005, false))) << "it is away already";
  const auto told = book.note(alarm(1'800'000'060, true));
  ASSERT_TRUE(told);
  EXPECT_THAT(*told,
              testing::StartsWith("HI3: nothing was delivered between 2027-01-15T08:00:00Z and 2027-01-15T08:01:00Z"));
  EXPECT_LE(told->size(), 256U) << "of an HI1 alarm";
  EXPECT_FALSE(book.note(alarm(1'800'000'061, true)));
}

TEST(OutageBook, ShortOnesOtherSidesAndOtherAlarmsAreNotTold) {
  OutageBook book(10 * kNanosecondsPerSecond);
  book.note(alarm(100, false));
  EXPECT_FALSE(book.note(alarm(200, true, "HI2")));
  EXPECT_FALSE(book.note(alarm(200, true, "HI3", "other")));
  EXPECT_FALSE(book.note(alarm(109, true)));
  AlarmEvent other = alarm(300, false);
  other.code = "delivery_held";
  EXPECT_FALSE(book.note(other));
  EXPECT_FALSE(book.note(alarm(400, true)));
}

}  // namespace
}  // namespace lictor
