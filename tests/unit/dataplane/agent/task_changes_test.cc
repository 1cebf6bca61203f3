// Changes of a tap that are refused: what they would have taken away is gone all the same, and at once.
#include <gmock/gmock.h>

#include "dataplane/agent/fleet_session.h"
#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

const std::string kOther("\xc0\x00\x02\x08", 4);  // 192.0.2.8

// The target's flow from `port`, over UDP.
void add_flow(v1::Tap& tap, uint32_t port) {
  v1::FlowKey& flow = *tap.add_targets()->mutable_flow();
  set_prefix(*flow.mutable_target(), std::string("\xc0\x00\x02\x07", 4), 32);
  flow.set_protocol(17);
  flow.mutable_target_ports()->set_first(port);
  flow.mutable_target_ports()->set_last(port);
}

v1::Tap flows_tap(std::initializer_list<uint32_t> ports) {
  v1::Tap tap = tap_message(1);
  tap.clear_targets();
  for (const uint32_t port : ports) add_flow(tap, port);
  return tap;
}

Octets from_port(uint16_t port) {
  Octets datagram;
  append16(datagram, port);
  append16(datagram, 53);
  append16(datagram, 8);
  append16(datagram, 0);
  return ethernet(kIpv4Type, ipv4({}, datagram));
}

class TaskChanges : public testing::Test {
 protected:
  void activate(const v1::Tap& tap) {
    ASSERT_TRUE(bench_.tap(tap).ok());
    ASSERT_TRUE(bench_.mediation(mediation_message(1, bench_.port())).ok());
    bench_->commit(bench_.now());
  }
  Status change(const v1::Tap& tap) {
    Status status = bench_.tap(tap);
    bench_->commit(bench_.now());
    return status;
  }
  size_t copies(uint16_t port) { return bench_.matches_of(from_port(port)); }

  RegistryBench bench_{{.flow_limits = {.rules_max = 2}}};
};

TEST_F(TaskChanges, TargetsThatWentAwayStopThoughTheNewOnesFindNoRoom) {
  activate(flows_tap({1, 2}));
  const Status status = change(flows_tap({2, 3, 4}));
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("limits.flows_max"));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("ordered before as well"));
  EXPECT_EQ(copies(1), 0U) << "its order is gone";
  EXPECT_EQ(copies(2), 1U);
  EXPECT_EQ(copies(3), 0U);
  bench_.run_until_reported(1, TaskReport::kActive);
  EXPECT_TRUE(change(flows_tap({3, 4})).ok()) << "the task can still be changed";
  EXPECT_EQ(copies(2), 0U);
  EXPECT_EQ(copies(3), 1U);
}

TEST_F(TaskChanges, WhatWasOrderedBeforeIsBackWhenItIsOrderedAgain) {
  activate(flows_tap({1, 2}));
  ASSERT_FALSE(change(flows_tap({2, 3, 4})).ok());
  EXPECT_TRUE(change(flows_tap({1, 2})).ok());
  EXPECT_EQ(copies(1), 1U);
}

TEST_F(TaskChanges, TaskOfWhichNothingIsLeftCopiesNothingAndCanBeChanged) {
  activate(flows_tap({1, 2}));
  ASSERT_FALSE(change(flows_tap({3, 4, 5})).ok());
  EXPECT_EQ(copies(1) + copies(2) + copies(3), 0U);
  EXPECT_EQ(bench_->flows().rules(), 0U);
  EXPECT_TRUE(bench_.mediation(mediation_message(1, bench_.port())).ok());
  EXPECT_TRUE(change(flows_tap({3})).ok());
  EXPECT_EQ(copies(3), 1U);
}

TEST_F(TaskChanges, RefusedAgainTellsTheAgencyNothingMore) {
  activate(flows_tap({1, 2}));
  bench_.run_until_reported(1, TaskReport::kActive);
  ASSERT_FALSE(change(flows_tap({2, 3, 4})).ok());
  bench_.run_until([&] { return bench_->totals().events == 3; });  // and liModified
  const uint64_t commands = bench_.encoder().commands_done.get();
  ASSERT_FALSE(change(flows_tap({2, 3, 4})).ok());
  bench_.encode();
  EXPECT_EQ(bench_.encoder().commands_done.get(), commands);
  EXPECT_EQ(copies(2), 1U);
}

TEST_F(TaskChanges, AddressThatBecomesOneOfItsFlowsIsNarrowedWhereThereIsRoom) {
  activate(tap_message(1));
  EXPECT_EQ(copies(9), 1U);
  v1::Tap wrong = flows_tap({1, 2});
  wrong.add_patterns()->set_expression("(");  // the flows were no problem
  ASSERT_FALSE(change(wrong).ok());
  EXPECT_EQ(copies(1), 0U) << "only what a pattern selects that nobody can look for";
  EXPECT_EQ(copies(9), 0U);
  EXPECT_TRUE(change(tap_message(1)).ok());
  wrong = flows_tap({1, 2, 3});
  ASSERT_FALSE(change(wrong).ok());
  EXPECT_EQ(copies(9), 0U);
}

TEST_F(TaskChanges, EarlierEndOfARefusedChangeEndsTheTask) {
  activate(flows_tap({1, 2}));
  bench_.run_until_reported(1, TaskReport::kActive);
  v1::Tap shorter = flows_tap({1, 2, 3});
  shorter.mutable_window()->set_end_unix_ns(bench_.now().unix_ns + kNanosecondsPerSecond);
  ASSERT_FALSE(change(shorter).ok());
  EXPECT_EQ(copies(1), 1U);
  bench_.advance(2);
  EXPECT_EQ(copies(1), 0U);
  bench_.run_until_reported(1, TaskReport::kEnded);
}

TEST_F(TaskChanges, ContentAndExclusionsOfARefusedChangeCount) {
  activate(flows_tap({1, 2}));
  v1::Tap excluding = flows_tap({1, 2, 3});
  set_prefix(*excluding.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 24);
  ASSERT_FALSE(change(excluding).ok());
  ASSERT_NE(bench_.filters(), nullptr);
  EXPECT_NE(bench_.filters()->of(TaskSlot{0})->exclusions, nullptr);
  v1::Tap signalling = flows_tap({1, 2, 3});
  signalling.set_content(v1::CONTENT_IRI);
  EXPECT_TRUE(change(signalling).ok()) << "without content there are no flows";
  EXPECT_EQ(copies(1), 0U);
}

TEST_F(TaskChanges, TaskThatHasNotBegunDoesNotBeginWithTheOldTap) {
  ASSERT_TRUE(bench_.tap(tap_message(1)).ok());
  v1::Tap wrong = tap_message(1);
  wrong.add_patterns()->set_expression("(");
  ASSERT_FALSE(bench_.tap(wrong).ok());
  EXPECT_TRUE(bench_->views().empty());
  ASSERT_TRUE(bench_.mediation(mediation_message(1, bench_.port())).ok());
  bench_->commit(bench_.now());
  EXPECT_EQ(bench_.matches(), 0U);
  EXPECT_TRUE(change(tap_message(1)).ok());
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(TaskChanges, TapThatIsChangedInAWayThatNobodyUnderstandsCopiesNothing) {
  FleetSession session(*bench_);
  v1::Hello hello;
  session.greet(hello);
  v1::ControlMessage welcome;
  welcome.mutable_welcome()->set_fleet_id("fleet-1");
  welcome.mutable_welcome()->set_epoch(1);
  ASSERT_FALSE(session.take(welcome, bench_.now()).ok()) << "a fleet that is not known must send everything";
  welcome.mutable_welcome()->set_full(true);
  ASSERT_TRUE(session.take(welcome, bench_.now()).ok());
  const auto send = [&](const v1::Directive& directive) {
    v1::ControlMessage message;
    message.mutable_directive()->set_directive(directive.SerializeAsString());
    EXPECT_TRUE(session.take(message, bench_.now()).ok());
    return session.settle(bench_.now()).at(0).result();
  };
  EXPECT_EQ(send(directive_message(1, tap_message(1))), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_EQ(send(directive_message(2, mediation_message(1, bench_.port()))), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_EQ(bench_.matches(), 1U);
  v1::Tap unknown = tap_message(1);
  unknown.GetReflection()->MutableUnknownFields(&unknown)->AddVarint(1000, 1);
  EXPECT_EQ(send(directive_message(2, unknown)), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_EQ(bench_.matches(), 1U) << "of an older generation: it says nothing";
  EXPECT_EQ(send(directive_message(3, unknown)), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_EQ(bench_.matches(), 0U);
  EXPECT_EQ(send(directive_message(4, tap_message(1))), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_EQ(bench_.matches(), 1U);
}

}  // namespace
}  // namespace lictor
