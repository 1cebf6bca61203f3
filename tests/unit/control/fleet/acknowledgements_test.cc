// Waiting for dataplanes.
#include "control/fleet/acknowledgements.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace lictor::control {
namespace {

class AcknowledgementsTest : public testing::Test {
 protected:
  void expect(const Acknowledgements::Generations& issued, int64_t deadline = 100) {
    waiting_.expect(issued, {deadline}, [this](uint32_t told, uint32_t acknowledged) { done_ = {told, acknowledged}; });
  }
  // What was answered, if it was: {told, acknowledged}.
  std::optional<std::pair<uint32_t, uint32_t>> outcome() {
    for (const auto& call : waiting_.take_ready()) call();
    return done_;
  }

  using Outcome = std::pair<uint32_t, uint32_t>;
  Acknowledgements waiting_;
  std::optional<std::pair<uint32_t, uint32_t>> done_;
};

TEST_F(AcknowledgementsTest, WhereNobodyWasToldTheAnswerComesAtOnce) {
  expect({});
  EXPECT_EQ(outcome(), Outcome(0, 0));
}

TEST_F(AcknowledgementsTest, EveryGenerationOfEveryDataplaneIsNeeded) {
  expect({{"A", {1, 2}}, {"B", {3}}});
  waiting_.answered("A", 2, true);
  waiting_.answered("B", 3, true);
  waiting_.answered("B", 1, true);  // not B's
  EXPECT_FALSE(outcome().has_value());
  waiting_.answered("A", 1, true);
  EXPECT_EQ(outcome(), Outcome(2, 2));
}

TEST_F(AcknowledgementsTest, ARefusalEndsTheWaitAndDoesNotCount) {
  expect({{"A", {1, 2}}});
  waiting_.answered("A", 1, false);
  waiting_.answered("A", 2, true);
  EXPECT_EQ(outcome(), Outcome(1, 0));
}

TEST_F(AcknowledgementsTest, WhoIsGoneIsNotWaitedFor) {
  expect({{"A", {1}}, {"B", {2}}});
  waiting_.answered("A", 1, true);
  waiting_.detached("B");
  EXPECT_EQ(outcome(), Outcome(2, 1));
}

TEST_F(AcknowledgementsTest, TheDeadlineEndsTheWaitAndOnlyThen) {
  expect({{"A", {1}}, {"B", {2, 3}}}, 100);
  waiting_.answered("A", 1, true);
  waiting_.answered("B", 2, false);  // refused one and owes another: missing once
  EXPECT_EQ(waiting_.next_deadline(), SocketTime{100});
  waiting_.expire({99});
  EXPECT_FALSE(outcome().has_value());
  waiting_.expire({100});
  EXPECT_EQ(outcome(), Outcome(2, 1));
  EXPECT_EQ(waiting_.next_deadline(), SocketTime{INT64_MAX});
}

}  // namespace
}  // namespace lictor::control
