// Since when a frame can have waited.
#include <gtest/gtest.h>

#include "dataplane/candidates.h"

namespace lictor {
namespace {

TEST(QueueAge, IsOfTheLastTimeThatTheQueueHadLessThanWasAskedFor) {
  QueueAge age(1000, {3});
  EXPECT_EQ(age.emptied().unix_ns, 3);
  age.took({10}, 0);
  EXPECT_EQ(age.emptied().unix_ns, 10);
  age.took({20}, kBurst);
  EXPECT_EQ(age.emptied().unix_ns, 10) << "more may have waited behind it";
  age.took({30}, kBurst - 1);
  EXPECT_EQ(age.emptied().unix_ns, 30);
}

TEST(QueueAge, GoesOnUnderLoadThatNeverEmptiesTheQueue) {
  QueueAge age(4 * kBurst, {});
  age.took({10}, 0);
  for (int64_t time = 20; time < 50; time += 10) age.took({time}, kBurst);
  EXPECT_EQ(age.emptied().unix_ns, 10);
  age.took({50}, kBurst);
  EXPECT_EQ(age.emptied().unix_ns, 10) << "all that waited then is gone";
  for (int64_t time = 60; time < 100; time += 10) age.took({time}, kBurst);
  EXPECT_EQ(age.emptied().unix_ns, 50);
}

TEST(QueueAge, OfAQueueOfUnknownLengthTheLastQuestionCounts) {
  QueueAge age(0, {});
  age.took({10}, kBurst);
  age.took({20}, kBurst);
  EXPECT_EQ(age.emptied().unix_ns, 10);
}

}  // namespace
}  // namespace lictor
