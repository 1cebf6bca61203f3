// Tasks of those whom signalling names, of cards and of lines.
#include <gmock/gmock.h>

#include "dataplane/agent/task_registry.h"
#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

TEST(TaskSessions, WhoIsKnownBySignallingAloneIsRefusedWhereNobodyFollowsIt) {
  RegistryBench bench;
  v1::Tap tap = tap_message(1);
  tap.mutable_targets(0)->mutable_identity()->set_kind(v1::IDENTITY_KIND_RADIUS_USER);
  tap.mutable_targets(0)->mutable_identity()->set_value("alice@example.org");
  const Status refused = bench.tap(tap);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("signalling is not configured here"));
  EXPECT_EQ(std::string(refused.message()).find("alice"), std::string::npos);
  RegistryBench follows({.signalling = Signalling::kConfigured});
  EXPECT_TRUE(follows.tap(tap).ok());
  ASSERT_TRUE(follows.mediation(mediation_message(1, follows.port())).ok());
  follows->commit(follows.now());
  EXPECT_EQ(follows.matches(), 0U) << "no address is known yet";
  follows.run_until_reported(1, TaskReport::kActive);
}

TEST(TaskSessions, AddedNameThatIsRefusedLeavesWhatWasOrderedBefore) {
  RegistryBench bench;
  ASSERT_TRUE(bench.activate(1).ok());
  v1::Tap tap = tap_message(1);
  tap.add_targets()->mutable_identity()->set_kind(v1::IDENTITY_KIND_IMSI);
  tap.mutable_targets(1)->mutable_identity()->set_value("001010123456789");
  EXPECT_FALSE(bench.tap(tap).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches(), 1U);
}

TEST(TaskSessions, FramesOfACardAndOfALineAreCopied) {
  RegistryBench bench;
  v1::Tap tap = tap_message(1);
  const Octets frame = ethernet(kIpv4Type, ipv4({}, udp()));
  tap.mutable_targets(0)->set_mac(std::string(frame.begin() + 6, frame.begin() + 12));
  ASSERT_TRUE(bench.tap(tap).ok());
  ASSERT_TRUE(bench.mediation(mediation_message(1, bench.port())).ok());
  bench->commit(bench.now());
  EXPECT_EQ(bench.matches_of(frame), 1U);
  v1::Tap line = tap_message(2);
  line.mutable_targets(0)->mutable_vlans()->add_ids(100);
  line.mutable_targets(0)->mutable_vlans()->add_ids(200);
  line.mutable_targets(0)->mutable_scope()->set_port("west");
  ASSERT_TRUE(bench.tap(line).ok());
  ASSERT_TRUE(bench.mediation(mediation_message(2, bench.port())).ok());
  bench->commit(bench.now());
  const std::vector<Tag> tags = {{0x88a8, 100}, {0x8100, 200}};
  EXPECT_EQ(bench.matches(0, tags), 1U) << "another port's line";
  EXPECT_EQ(bench.matches(1, tags), 2U);
  EXPECT_EQ(bench.matches(1, {{0x8100, 200}}), 1U);
}

TEST(TaskSessions, MoreCinsForSessionsTellTheAgencyNothing) {
  RegistryBench bench;
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  v1::Mediation mediation = mediation_message(1, bench.port());
  mediation.mutable_cin()->set_leased_first(100);
  mediation.mutable_cin()->set_leased_count(50);
  ASSERT_TRUE(bench.mediation(mediation).ok());
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kActive);
  EXPECT_EQ(bench->leased_cins(xid_of(1)), (CinLease{.first = 100, .count = 50}));
  const uint64_t commands = bench.encoder().commands_done.get();
  mediation.mutable_cin()->set_leased_first(700);
  ASSERT_TRUE(bench.mediation(mediation).ok());
  bench->commit(bench.now());
  bench.encode();
  EXPECT_EQ(bench->leased_cins(xid_of(1)), (CinLease{.first = 700, .count = 50}));
  EXPECT_EQ(bench.encoder().commands_done.get(), commands);
  EXPECT_EQ(bench->totals().events, 2U);
  EXPECT_EQ(bench->leased_cins(xid_of(2)), std::nullopt);
}

}  // namespace
}  // namespace lictor
