// Which daemon, epoch and generation is listened to, and what is acknowledged when.
#include "dataplane/agent/fleet_session.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

class FleetSessionTest : public testing::Test {
 protected:
  v1::Hello greet() {
    v1::Hello hello;
    session_.greet(hello);
    return hello;
  }

  Status take(const v1::ControlMessage& message) { return session_.take(message, bench_.now()); }

  Status welcome(bool full, const std::string& fleet_id = "fleet-1", uint64_t epoch = 1) {
    v1::ControlMessage message;
    message.mutable_welcome()->set_fleet_id(fleet_id);
    message.mutable_welcome()->set_epoch(epoch);
    message.mutable_welcome()->set_full(full);
    return take(message);
  }

  Status send(const v1::Directive& directive) {
    v1::ControlMessage message;
    message.mutable_directive()->set_directive(directive.SerializeAsString());
    return take(message);
  }

  Status in_sync(uint64_t generation) {
    v1::ControlMessage message;
    message.mutable_in_sync()->set_generation(generation);
    return take(message);
  }

  // Sends tap and mediation of a task with these generations.
  void send_task(uint8_t number, uint64_t generation) {
    EXPECT_TRUE(send(directive_message(generation, tap_message(number))).ok());
    EXPECT_TRUE(send(directive_message(generation + 1, mediation_message(number, bench_.port()))).ok());
  }

  std::vector<v1::Acknowledgement> settle() { return session_.settle(bench_.now()); }

  RegistryBench bench_;
  FleetSession session_{*bench_};
};

TEST_F(FleetSessionTest, FirstGreetingAsksForEverything) {
  const v1::Hello hello = greet();
  EXPECT_EQ(hello.fleet_id(), "");
  EXPECT_EQ(hello.resume_generation(), 0U);
}

TEST_F(FleetSessionTest, EveryDirectiveIsAcknowledgedOnceItIsInForce) {
  greet();
  ASSERT_TRUE(welcome(true).ok());
  send_task(1, 5);
  EXPECT_EQ(bench_.matches(), 0U);
  const std::vector<v1::Acknowledgement> acknowledgements = settle();
  EXPECT_EQ(bench_.matches(), 1U);
  ASSERT_EQ(acknowledgements.size(), 2U);
  EXPECT_EQ(acknowledgements[0].generation(), 5U);
  EXPECT_EQ(acknowledgements[1].generation(), 6U);
  EXPECT_EQ(acknowledgements[1].result(), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_TRUE(settle().empty());
}

TEST_F(FleetSessionTest, RefusalIsAcknowledgedWithItsReason) {
  greet();
  ASSERT_TRUE(welcome(true).ok());
  v1::Tap tap = tap_message(1);
  tap.clear_targets();
  ASSERT_TRUE(send(directive_message(5, tap)).ok());
  const std::vector<v1::Acknowledgement> acknowledgements = settle();
  ASSERT_EQ(acknowledgements.size(), 1U);
  EXPECT_EQ(acknowledgements[0].result(), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_THAT(acknowledgements[0].reason(), testing::HasSubstr("tap.targets"));
}

TEST_F(FleetSessionTest, ResumesBehindTheLastGenerationThatItTook) {
  greet();
  ASSERT_TRUE(welcome(true).ok());
  send_task(1, 5);
  ASSERT_TRUE(in_sync(6).ok());
  settle();
  const v1::Hello hello = greet();
  EXPECT_EQ(hello.fleet_id(), "fleet-1");
  EXPECT_EQ(hello.resume_epoch(), 1U);
  EXPECT_EQ(hello.resume_generation(), 6U);
  ASSERT_TRUE(welcome(false).ok());
  ASSERT_TRUE(in_sync(6).ok());
  settle();
  EXPECT_EQ(bench_.matches(), 1U) << "what is held goes on";
}

TEST_F(FleetSessionTest, WholeStateThatWasCutOffIsAskedForAgain) {
  greet();
  ASSERT_TRUE(welcome(true).ok());
  send_task(1, 5);
  settle();
  const v1::Hello hello = greet();  // the stream broke before in_sync
  EXPECT_EQ(hello.resume_generation(), 0U);
  EXPECT_EQ(hello.fleet_id(), "");
  ASSERT_TRUE(welcome(true).ok());
  send_task(1, 5);
  ASSERT_TRUE(in_sync(6).ok());
  settle();
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(FleetSessionTest, WholeStateEndsWhatItDoesNotMention) {
  greet();
  ASSERT_TRUE(welcome(true).ok());
  send_task(1, 5);
  ASSERT_TRUE(in_sync(6).ok());
  settle();
  greet();
  ASSERT_TRUE(welcome(true, "fleet-2").ok());
  settle();
  EXPECT_EQ(bench_.matches(), 1U) << "not before in_sync";
  ASSERT_TRUE(in_sync(2).ok());
  settle();
  EXPECT_EQ(bench_.matches(), 0U);
}

TEST_F(FleetSessionTest, OlderGenerationOrEpochIsRefusedAndChangesNothing) {
  greet();
  ASSERT_TRUE(welcome(true, "fleet-1", 3).ok());
  v1::Directive first = directive_message(5, tap_message(1));
  first.set_epoch(3);
  ASSERT_TRUE(send(first).ok());
  v1::Directive again = directive_message(5, mediation_message(1, bench_.port()));
  again.set_epoch(3);
  ASSERT_TRUE(send(again).ok());
  ASSERT_TRUE(send(directive_message(9, mediation_message(1, bench_.port()))).ok());  // of epoch 1
  const std::vector<v1::Acknowledgement> acknowledgements = settle();
  ASSERT_EQ(acknowledgements.size(), 3U);
  EXPECT_EQ(acknowledgements[1].result(), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_EQ(acknowledgements[2].result(), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_EQ(bench_.matches(), 0U);
}

TEST_F(FleetSessionTest, DaemonOfAnOlderEpochIsNotListenedTo) {
  greet();
  ASSERT_TRUE(welcome(true, "fleet-1", 3).ok());
  ASSERT_TRUE(in_sync(1).ok());
  greet();
  EXPECT_FALSE(welcome(false, "fleet-1", 2).ok());
}

TEST_F(FleetSessionTest, DaemonThatResumesAnotherFleetIsNotListenedTo) {
  greet();
  EXPECT_FALSE(welcome(false).ok());
}

TEST_F(FleetSessionTest, NothingIsTakenBeforeTheWelcomeNorASecondOne) {
  greet();
  EXPECT_FALSE(send(directive_message(5, tap_message(1))).ok());
  EXPECT_FALSE(in_sync(5).ok());
  ASSERT_TRUE(welcome(true).ok());
  EXPECT_FALSE(welcome(true).ok());
}

TEST_F(FleetSessionTest, OctetsThatAreNoDirectiveEndTheStream) {
  greet();
  ASSERT_TRUE(welcome(true).ok());
  v1::ControlMessage message;
  message.mutable_directive()->set_directive("\xff\xff\xff");
  EXPECT_FALSE(take(message).ok());
}

}  // namespace
}  // namespace lictor
