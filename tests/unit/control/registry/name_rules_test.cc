// Targets that are names, cards and lines: which policy takes, and how they come out.
#include <gmock/gmock.h>

#include <functional>

#include "control/registry/selector.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using Change = std::function<void(v1::Warrant&)>;

Result<CheckedWarrant> check_changed(const Change& change, const Policy& policy = {}) {
  v1::Warrant warrant = make_warrant();
  change(warrant);
  const v1::Agency agency = make_agency();
  return check_warrant(warrant, {.policy = policy, .now = kNow, .agency = &agency, .stored = nullptr});
}

v1::TargetSpec& target(v1::Warrant& warrant) { return *warrant.mutable_targets(0); }

void make_frames(v1::Warrant& w) {
  target(w).set_selector("mac:00-53-00-12-34-ab");
  v1::TargetSpec& line = *w.add_targets();
  line.set_selector("vlan:100.200");
  line.mutable_scope()->set_network_element_id("NE-1");
  w.set_link_layer(v1::LINK_LAYER_L2CC);
}

TEST(NameRules, CardsAndLinesMayBeHandedOverAsFrames) {
  const Result<CheckedWarrant> checked = check_changed(make_frames);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->warrant.link_layer(), v1::LINK_LAYER_L2CC);
}

TEST(NameRules, WhatIsWrongIsNamedByItsPath) {
  const std::pair<const char*, Change> cases[] = {
      {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("radius-user:"); }},
      {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("mac:01-00-5e-00-00-01"); }},
      {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("mac:00-00-5e-00-01-07"); }},
      {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("vlan:100.200"); }},
      {"warrant.targets[0].scope.vlans",
       [](v1::Warrant& w) {
         target(w).set_selector("vlan:100.200");
         target(w).mutable_scope()->set_port("tap0");
         target(w).mutable_scope()->add_vlans(100);
       }},
      {"warrant.targets[2].selector",
       [](v1::Warrant& w) {
         w.add_targets()->set_selector("mac:00-53-00-12-34-ab");
         w.add_targets()->set_selector("mac:0053.0012.34AB");
       }},
      {"warrant.link_layer",
       [](v1::Warrant& w) {  // an address beside the card
         w.add_targets()->set_selector("mac:00-53-00-12-34-ab");
         w.set_link_layer(v1::LINK_LAYER_L2CC);
       }},
      {"warrant.link_layer",
       [](v1::Warrant& w) {
         make_frames(w);
         w.mutable_targets(1)->mutable_scope()->set_vni(7);
       }},
      {"warrant.link_layer",
       [](v1::Warrant& w) {
         make_frames(w);
         w.add_exclusions("198.51.100.0/24");
       }},
      {"warrant.link_layer",
       [](v1::Warrant& w) {
         make_frames(w);
         w.add_targets()->set_selector("text:needle");
       }},
      {"warrant.link_layer", [](v1::Warrant& w) { w.set_link_layer(static_cast<v1::LinkLayer>(9)); }},
  };
  for (const auto& [field, spoil] : cases) {
    const Result<CheckedWarrant> checked = check_changed(spoil);
    ASSERT_FALSE(checked.ok()) << field;
    EXPECT_NE(std::string(checked.status().message()).find(std::string(field) + ":"), std::string::npos)
        << checked.status();
  }
}

TEST(NameRules, NamesAreTargetsBesideAddressesAndComeOutInOneSpelling) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    w.add_targets()->set_selector("radius-user:Alice@EXAMPLE.org");
    w.add_targets()->set_selector("mac:0053.0012.34AB");
    v1::TargetSpec& line = *w.add_targets();
    line.set_selector("vlan:100.200");
    line.mutable_scope()->set_network_element_id("NE-1");
    w.set_location(true);
    w.set_link_layer(v1::LINK_LAYER_IPCC);
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->warrant.targets(1).selector(), "radius-user:Alice@example.org");
  EXPECT_EQ(checked->warrant.targets(2).selector(), "mac:00-53-00-12-34-ab");
  EXPECT_TRUE(checked->warrant.location());
  EXPECT_TRUE(checked->warnings.empty());
}

TEST(NameRules, NamesThatManyShareAreNobodys) {
  Policy policy;
  policy.lab = true;
  policy.shared_names = {std::get<v1::TapTarget>(*parse_selector("radius-user:guest"))};
  const auto with = [&](const char* selector) {
    return check_changed([&](v1::Warrant& w) { target(w).set_selector(selector); }, policy);
  };
  EXPECT_FALSE(with("radius-user:Guest@example.org").ok());
  EXPECT_TRUE(with("radius-user:alice@example.org").ok());
}

std::string range_answer(const char* selector, const Policy& policy) {
  const Result<CheckedWarrant> checked =
      check_changed([&](v1::Warrant& w) { target(w).set_selector(selector); }, policy);
  return checked.ok() ? checked->warrant.targets(0).selector() : std::string(checked.status().message());
}

TEST(NameRules, RangesOfNumbersArePolicys) {
  EXPECT_THAT(range_answer("tel-uri:+4312345*", {}), testing::HasSubstr("policy.number_digits_min"));
  EXPECT_THAT(range_answer("tel-uri:+4312345*", {.lab = true}), testing::HasSubstr("allows no ranges of numbers"));
  EXPECT_EQ(range_answer("tel-uri:+4312345*", {.number_digits_min = 6}), "tel-uri:+4312345*");
  EXPECT_EQ(range_answer("tel-uri:tel:+43-1-2345*", {.number_digits_min = 7}), "tel-uri:+4312345*");
  EXPECT_THAT(range_answer("tel-uri:+4312345*", {.number_digits_min = 8}), testing::HasSubstr("8 digits before the *"));
  EXPECT_EQ(range_answer("tel-uri:+4312345", {.number_digits_min = 8}), "tel-uri:+4312345");
  for (const char* const few : {"tel-uri:+43123*", "tel-uri:+1234567890123456*"})
    EXPECT_THAT(range_answer(few, {.number_digits_min = 6}), testing::HasSubstr("6 to 15 digits"));
}

TEST(NameRules, ARangeWithANumberThatManyShareIsNobodys) {
  const Policy policy{.number_digits_min = 6,
                      .shared_names = {std::get<v1::TapTarget>(*parse_selector("tel-uri:+431234500"))}};
  EXPECT_THAT(range_answer("tel-uri:+4312345*", policy), testing::HasSubstr("many share"));
  EXPECT_EQ(range_answer("tel-uri:+4312346*", policy), "tel-uri:+4312346*");
}

TEST(NameRules, NumbersThatOverlapAreAWarning) {
  const auto warnings = [](const char* other) {
    const Result<CheckedWarrant> checked = check_changed(
        [&](v1::Warrant& w) {
          w.add_targets()->set_selector("tel-uri:+4312345*");
          w.add_targets()->set_selector(other);
        },
        {.number_digits_min = 6});
    return checked.ok() ? checked->warnings.size() : 99;
  };
  EXPECT_EQ(warnings("tel-uri:+43123456"), 1u);
  EXPECT_EQ(warnings("tel-uri:+431234*"), 1u);
  EXPECT_EQ(warnings("tel-uri:+43123460"), 0u);
  EXPECT_EQ(warnings("tel-uri:+4312345*"), 99u) << "is there twice";
}

TEST(NameRules, WhatMayBeMeantOtherwiseIsAWarning) {
  const auto warnings = [](const char* selector) {
    const Result<CheckedWarrant> checked = check_changed([&](v1::Warrant& w) {
      target(w).set_selector(selector);
      target(w).mutable_scope()->set_network_element_id("NE-1");
    });
    return checked.ok() ? checked->warnings.size() : 99;
  };
  EXPECT_EQ(warnings("radius-user:alice@example.org@NE-1"), 1u) << "a scope, perhaps";
  EXPECT_EQ(warnings("mac:02-00-00-00-00-01"), 1u) << "locally administered";
  EXPECT_EQ(warnings("vlan:100"), 1u) << "a whole network, perhaps";
  EXPECT_EQ(warnings("vlan:100.200"), 0u);
  EXPECT_EQ(warnings("mac:00-53-00-00-00-01"), 0u);
  EXPECT_EQ(warnings("sip-user:+4312345*"), 1u) << "a range, perhaps";
}

}  // namespace
}  // namespace lictor::control
