// From a tap's targets and scopes to the classifier's rules.
#include "dataplane/agent/task_build.h"

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
