// From a tap's targets and scopes to the classifier's rules.
#include "dataplane/agent/task_build.h"

#include <gmock/gmock.h>

#include "encoders/etsi/asn1_codec.h"
#include "tests/unit/dataplane/agent/directives.h"

namespace lictor {
namespace {

const ElementIdentity kElement{.network_element_id = "NE-1",
                               .interception_point_id = "",
                               .ports = {{"east", "core"}, {"west", "core"}, {"north", "edge"}}};

std::vector<TargetRule> rules_for(const v1::Tap& message) {
  std::vector<TargetRule> rules;
  append_rules(tap_of(message), TaskSlot{9}, kElement, rules);
  return rules;
}

TEST(AppendRules, RuleCarriesPrefixSlotAndWindow) {
  const std::vector<TargetRule> rules = rules_for(tap_message(1));
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].slot, TaskSlot{9});
  EXPECT_EQ(rules[0].prefix.bits, 32);
  EXPECT_EQ(rules[0].start.unix_ns, kStart);
  EXPECT_EQ(rules[0].stop.unix_ns, kEnd);
  EXPECT_EQ(rules[0].ports, 0b111U);
  EXPECT_EQ(rules[0].vlan_count, 0);
}

TEST(AppendRules, FlowNarrowsTheRule) {
  const std::vector<TargetRule> rules = rules_for(flow_tap_message(1));
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].key, RuleKey::kAddress);
  EXPECT_EQ(rules[0].prefix.bits, 32);
  EXPECT_EQ(rules[0].protocol, 6);
  EXPECT_EQ(rules[0].target_ports, (PortRange{.first = 5060, .last = 5070}));
  EXPECT_EQ(rules[0].remote.bits, 24);
  EXPECT_EQ(rules[0].remote_ports, (PortRange{.first = 443, .last = 443}));
  EXPECT_TRUE(rules[0].is_flow());
  EXPECT_FALSE(rules_for(tap_message(1)).at(0).is_flow());
}

TEST(AppendRules, ScopeNamesLabelAndVni) {
  v1::Tap tap = tap_message(1);
  EXPECT_EQ(rules_for(tap).at(0).label, kNoContext);
  EXPECT_EQ(rules_for(tap).at(0).vni, kNoContext);
  tap.mutable_targets(0)->mutable_scope()->set_label(0);
  tap.mutable_targets(0)->mutable_scope()->set_vni(5000);
  EXPECT_EQ(rules_for(tap).at(0).label, 0U);
  EXPECT_EQ(rules_for(tap).at(0).vni, 5000U);
}

TEST(MakeEncodeTask, RecordsNameTheTargetsSideOfAFlowOnce) {
  v1::Tap message = flow_tap_message(1);
  while (message.targets_size() <= static_cast<int>(EtsiTaskParameters::kTargetsMax)) {
    v1::TapTarget& other = *message.add_targets() = message.targets(0);
    other.mutable_flow()->mutable_remote_ports()->set_last(443 + static_cast<uint32_t>(message.targets_size()));
  }
  const TapDirective flows = tap_of(message);
  const MediationDirective mediation = mediation_of(mediation_message(1));
  EXPECT_TRUE(make_encode_task(flows, mediation, kElement, TaskSlot{9}).ok());
  TapDirective addresses = flows;
  for (size_t i = 0; i < addresses.targets.size(); ++i) addresses.targets[i].prefix.octets[3] = static_cast<uint8_t>(i);
  EXPECT_FALSE(make_encode_task(addresses, mediation, kElement, TaskSlot{9}).ok());
}

TEST(AppendRules, RulesOfFramesSayThatTheyAre) {
  const std::vector<TargetRule> rules = rules_for(frames_tap_message(1));
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_TRUE(rules[0].frames && rules[1].frames);
  v1::Tap packets = frames_tap_message(1);
  packets.clear_link_layer();
  EXPECT_FALSE(rules_for(packets).at(0).frames);
}

// The L2IRI of a tap's start.
std::string first_iri(const v1::Tap& message) {
  const Result<std::unique_ptr<EncodeTask>> task =
      make_encode_task(tap_of(message), mediation_of(mediation_message(1)), kElement, TaskSlot{9});
  if (!task.ok()) return std::string(task.status().message());
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  const EventRecord event{.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = {kStart}};
  room.resize((*task)->encoder->encode_event(event, 0, room));
  return {room.begin(), room.end()};
}

TEST(MakeEncodeTask, AnL2IriNamesCardsAndLinesAndSaysHowManyMoreThereAre) {
  asn1::prime_asn1_types();
  v1::Tap tap = frames_tap_message(1);
  EXPECT_THAT(first_iri(tap), testing::HasSubstr("00:53:00:12:34:56, vlan 100.200"));
  for (char last = 1; last < 100; ++last) tap.add_targets()->set_mac(std::string("\x00\x53\x00\x00\x00", 5) + last);
  EXPECT_THAT(first_iri(tap), testing::HasSubstr("00:53:00:00:00:04 and 95 more"));
  while (tap.targets_size() > 6) tap.mutable_targets()->RemoveLast();
  EXPECT_THAT(first_iri(tap), testing::HasSubstr("00:53:00:00:00:04")) << "the last one needs no room for a number";
  EXPECT_THAT(first_iri(tap), testing::Not(testing::HasSubstr("more")));
}

TEST(MakeEncodeTask, FilesTakeNoFrames) {
  MediationDirective mediation = mediation_of(mediation_message(1));
  mediation.hi3->is_files = true;
  EXPECT_FALSE(make_encode_task(tap_of(frames_tap_message(1)), mediation, kElement, TaskSlot{9}).ok());
}

TEST(AppendRules, ScopeBecomesASetOfPorts) {
  v1::Tap tap = tap_message(1);
  v1::Scope& scope = *tap.mutable_targets(0)->mutable_scope();
  scope.set_tap_group("core");
  EXPECT_EQ(rules_for(tap).at(0).ports, 0b011U);
  scope.set_port("west");
  EXPECT_EQ(rules_for(tap).at(0).ports, 0b010U);
  scope.set_network_element_id("NE-1");
  EXPECT_EQ(rules_for(tap).at(0).ports, 0b010U);
}

TEST(AppendRules, TargetThatCountsElsewhereMakesNoRule) {
  v1::Tap tap = tap_message(1);
  v1::Scope& scope = *tap.mutable_targets(0)->mutable_scope();
  scope.set_network_element_id("NE-2");
  EXPECT_TRUE(rules_for(tap).empty());
  scope.set_network_element_id("");
  scope.set_tap_group("unknown");
  EXPECT_TRUE(rules_for(tap).empty());
  scope.set_tap_group("edge");
  scope.set_port("east");
  EXPECT_TRUE(rules_for(tap).empty());
}

}  // namespace
}  // namespace lictor
