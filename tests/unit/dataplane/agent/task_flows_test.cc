// Tasks whose targets are flows: what is copied for them, what is refused, and what stays.
#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

using testing::HasSubstr;

// Between the target and 198.51.100.9, from and to these ports.
Octets tcp_frame(uint16_t source_port, uint16_t destination_port, const Ipv4Fields& fields = {.protocol = 6}) {
  Octets segment;
  append16(segment, source_port);
  append16(segment, destination_port);
  segment.resize(20);
  return ethernet(kIpv4Type, ipv4(fields, segment));
}

v1::Tap flow_tap(uint8_t number, uint32_t first, uint32_t last) {
  v1::Tap tap = flow_tap_message(number);
  tap.mutable_targets(0)->mutable_flow()->mutable_target_ports()->set_first(first);
  tap.mutable_targets(0)->mutable_flow()->mutable_target_ports()->set_last(last);
  return tap;
}

Status activate(RegistryBench& bench, const v1::Tap& tap, uint8_t number) {
  Status status = bench.tap(tap);
  if (status.ok()) status = bench.mediation(mediation_message(number, bench.port()));
  bench->commit(bench.now());
  return status;
}

TEST(TaskFlows, FlowsPacketsAreCopiedAndNoOthersOfItsAddress) {
  RegistryBench bench;
  ASSERT_TRUE(activate(bench, flow_tap_message(1), 1).ok());
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443)), 1U);
  EXPECT_EQ(bench.matches_of(
                tcp_frame(443, 5070, {.protocol = 6, .source = {198, 51, 100, 9}, .destination = {192, 0, 2, 7}})),
            1U);
  EXPECT_EQ(bench.matches_of(tcp_frame(5059, 443)), 0U);
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 444)), 0U);
  EXPECT_EQ(bench.matches_of(tcp_frame(443, 5060)), 0U) << "the ports are the other way round";
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443, {.protocol = 17})), 0U);
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443, {.protocol = 6, .destination = {203, 0, 113, 9}})), 0U);
  EXPECT_EQ(bench.matches(), 0U);
  EXPECT_EQ(bench->flows().rules(), 1U);
}

TEST(TaskFlows, WithdrawnFlowIsNotCopiedAnyMore) {
  RegistryBench bench;
  ASSERT_TRUE(activate(bench, flow_tap_message(1), 1).ok());
  ASSERT_TRUE(activate(bench, flow_tap_message(2), 2).ok());
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443)), 2U);
  bench.withdraw(1);
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443)), 1U);
  bench.advance(3600);
  bench.run_until_reported(2, TaskReport::kEnded);
  EXPECT_EQ(bench->flows().rules(), 0U);
}

TEST(TaskFlows, TapThatChangesFromAFlowToItsAddressAndBackChangesAtOnce) {
  RegistryBench bench;
  ASSERT_TRUE(activate(bench, flow_tap_message(1), 1).ok());
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  EXPECT_EQ(bench.matches(), 0U) << "in force only after commit()";
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
  EXPECT_EQ(bench->flows().rules(), 0U);
  ASSERT_TRUE(bench.tap(flow_tap_message(1)).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 0U);
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443)), 1U);
}

TEST(TaskFlows, FlowOneTooManyIsRefusedWithAReasonAndTheOthersStay) {
  RegistryBench bench({.flow_limits = {.rules_max = 2}});
  ASSERT_TRUE(activate(bench, flow_tap_message(1), 1).ok());
  ASSERT_TRUE(activate(bench, flow_tap_message(2), 2).ok());
  const Status status = activate(bench, flow_tap_message(3), 3);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.flows_max"));
  EXPECT_EQ(bench.matches_of(tcp_frame(5060, 443)), 2U);
  EXPECT_EQ(bench->active_count(bench.now()), 2U);
  bench.withdraw(1);
  bench->commit(bench.now());
  EXPECT_TRUE(bench.mediation(mediation_message(3, bench.port())).ok()) << "there is room again";
}

TEST(TaskFlows, ChangeOfTheMediationThatIsRefusedLeavesTheTaskItsFlows) {
  RegistryBench bench({.flow_limits = {.rules_max = 1}});
  ASSERT_TRUE(activate(bench, flow_tap_message(1), 1).ok());
  // Refused by its destination, behind the flows: they are as they were.
  v1::Mediation wrong = mediation_message(1, bench.port());
  wrong.clear_hi3();
  ASSERT_TRUE(bench.tap(flow_tap(1, 1, 2)).ok());
  EXPECT_FALSE(bench.mediation(wrong).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches_of(tcp_frame(1, 443)), 1U);
  EXPECT_EQ(bench->flows().rules(), 1U);
}

TEST(TaskFlows, FlowsThatCannotBeBuiltFastAreToldAsAnAlarm) {
  RegistryBench bench({.flow_limits = {.acl_bytes_max = 1}});
  v1::Tap tap = flow_tap(1, 1, 1);
  for (uint32_t port = 2; port <= 100; ++port) *tap.add_targets() = flow_tap(1, port, port).targets(0);
  ASSERT_TRUE(activate(bench, tap, 1).ok()) << "what is found slowly is found too";
  EXPECT_EQ(bench.matches_of(tcp_frame(77, 443)), 1U);
  bench.run_until([&] { return bench->flows().builds_failed() > 0; });
  EXPECT_THAT(bench.alarm_codes(), testing::Contains("flows_not_built"));
  EXPECT_EQ(bench.matches_of(tcp_frame(77, 443)), 1U);
}

}  // namespace
}  // namespace lictor
