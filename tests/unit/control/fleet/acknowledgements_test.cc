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
    waiting_.expect(issued, {deadline}, [this](const Acknowledgements::Outcome& outcome) {
      done_ = {outcome.told, outcome.acknowledged};
      refusals_ = outcome.refusals;
    });
  }
  // What was answered, if it was: {told, acknowledged}.
  std::optional<std::pair<uint32_t, uint32_t>> outcome() {
    for (const auto& call : waiting_.take_ready()) call();
    return done_;
  }

  using Outcome = std::pair<uint32_t, uint32_t>;
  Acknowledgements waiting_;
  std::optional<std::pair<uint32_t, uint32_t>> done_;
  std::map<std::string, std::string> refusals_;
};

TEST_F(AcknowledgementsTest, WhereNobodyWasToldTheAnswerComesAtOnce) {
  expect({});
  EXPECT_EQ(outcome(), Outcome(0, 0));
}

TEST_F(AcknowledgementsTest, EveryGenerationOfEveryDataplaneIsNeeded) {
  expect({{"A", {1, 2}}, {"B", {3}}});
  waiting_.applied("A", 2);
  waiting_.applied("B", 3);
  waiting_.applied("B", 1);  // not B's
  EXPECT_FALSE(outcome().has_value());
  waiting_.applied("A", 1);
  EXPECT_EQ(outcome(), Outcome(2, 2));
}

TEST_F(AcknowledgementsTest, ARefusalEndsTheWaitAndDoesNotCount) {
  expect({{"A", {1, 2}}});
  waiting_.refused("A", 1, "no room");
  waiting_.refused("A", 2, "no tap");
  EXPECT_EQ(outcome(), Outcome(1, 0));
  EXPECT_EQ(refusals_, (std::map<std::string, std::string>{{"A", "no room"}})) << "the first one is the reason";
}

TEST_F(AcknowledgementsTest, WhoIsGoneIsNotWaitedFor) {
  expect({{"A", {1}}, {"B", {2}}});
  waiting_.applied("A", 1);
  waiting_.detached("B");
  EXPECT_EQ(outcome(), Outcome(2, 1));
}

TEST_F(AcknowledgementsTest, TheDeadlineEndsTheWaitAndOnlyThen) {
  expect({{"A", {1}}, {"B", {2, 3}}}, 100);
  waiting_.applied("A", 1);
  waiting_.refused("B", 2, "no room");  // refused one and owes another: missing once
  EXPECT_EQ(waiting_.next_deadline(), SocketTime{100});
  waiting_.expire({99});
  EXPECT_FALSE(outcome().has_value());
  waiting_.expire({100});
  EXPECT_EQ(outcome(), Outcome(2, 1));
  EXPECT_EQ(waiting_.next_deadline(), SocketTime{INT64_MAX});
}

}  // namespace
}  // namespace lictor::control
