// What dataplanes are told about a warrant, and what they are not.
#include "control/fleet/directives.h"

#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

const std::string kXid = "01234567-89ab-4def-8123-456789abcdef";

v1::Warrant active_warrant() {
  v1::Warrant warrant = make_warrant("0x4c31");
  warrant.set_delivery_country("DE");
  warrant.set_hi1_operator_id("OP");
  warrant.add_deliveries()->set_hi2_destination_id("hi2");
  warrant.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  warrant.add_xids(kXid);
  *warrant.mutable_window() = window_of(warrant);
  return warrant;
}

TEST(Directives, ATapSaysWhereAndWhenAndNothingElse) {
  const std::optional<v1::Tap> tap = make_tap(active_warrant(), kXid, "NE-1");
  ASSERT_TRUE(tap.has_value());
  EXPECT_EQ(tap->xid().size(), 16u);
  EXPECT_EQ(tap->window().end_unix_ns(), tap->lease_unix_ns());
  EXPECT_EQ(tap->content(), v1::CONTENT_IRI_AND_CC);
  ASSERT_EQ(tap->targets_size(), 1);
  EXPECT_EQ(tap->targets(0).prefix().address(), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_EQ(tap->targets(0).prefix().prefix_length(), 32u);
}

TEST(Directives, NobodyBelowHearsOfThePersonOrTheOrder) {
  const v1::Warrant warrant = active_warrant();
  const std::string bytes = make_tap(warrant, kXid, "NE-1")->SerializeAsString() +
                            make_mediation(warrant, 0, make_agency(), {.value = 1}).SerializeAsString();
  EXPECT_EQ(bytes.find(warrant.authorising_person()), std::string::npos);
  EXPECT_EQ(bytes.find(warrant.legal_reference()), std::string::npos);
}

TEST(Directives, ATapContainsOnlyTheTargetsOfItsNetworkElement) {
  v1::Warrant warrant = active_warrant();
  warrant.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-1");
  v1::TargetSpec& second = *warrant.add_targets();
  second.set_selector("ipv6:2001:db8::/64");
  second.mutable_scope()->set_network_element_id("NE-2");
  second.mutable_scope()->add_vlans(7);
  const std::optional<v1::Tap> tap = make_tap(warrant, kXid, "NE-2");
  ASSERT_TRUE(tap.has_value());
  ASSERT_EQ(tap->targets_size(), 1);
  EXPECT_EQ(tap->targets(0).prefix().address().size(), 16u);
  EXPECT_EQ(tap->targets(0).scope().vlans(0), 7u);
  EXPECT_FALSE(make_tap(warrant, kXid, "NE-3").has_value());
}

TEST(Directives, AWarrantThatCannotBeReadHasNoTapAndHarmsNobody) {
  v1::Warrant warrant = active_warrant();
  warrant.add_targets()->set_selector("sip-uri:alice@home@example.org");
  EXPECT_FALSE(make_tap(warrant, kXid, "NE-1").has_value());
  EXPECT_EQ(make_whole_tap(warrant).targets_size(), 1);
  EXPECT_FALSE(names_sessions(make_whole_tap(warrant)));
}

TEST(Directives, PatternsAndExclusionsNarrowEveryTap) {
  v1::Warrant warrant = active_warrant();
  warrant.mutable_targets(0)->set_selector("flow:udp,192.0.2.7:5060,any");
  warrant.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-1");
  warrant.add_targets()->set_selector("pattern:text,nocase:INVITE");
  warrant.add_targets()->set_selector("ipv4:192.0.2.8");
  warrant.add_exclusions("198.51.100.0/24");
  const std::optional<v1::Tap> first = make_tap(warrant, kXid, "NE-1");
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->targets_size(), 2);
  EXPECT_EQ(first->targets(0).flow().target_ports().last(), 5060u);
  const std::optional<v1::Tap> second = make_tap(warrant, kXid, "NE-2");
  ASSERT_TRUE(second.has_value());
  ASSERT_EQ(second->targets_size(), 1);
  for (const v1::Tap* tap : {&*first, &*second}) {
    ASSERT_EQ(tap->patterns_size(), 1);
    EXPECT_EQ(tap->patterns(0).literal(), "INVITE");
    EXPECT_TRUE(tap->patterns(0).any_case());
    ASSERT_EQ(tap->exclusions_size(), 1);
    EXPECT_EQ(tap->exclusions(0).prefix_length(), 24u);
  }
}

TEST(Directives, APatternAloneMakesNoTap) {
  v1::Warrant warrant = active_warrant();
  warrant.mutable_targets(0)->mutable_scope()->set_network_element_id("NE-1");
  warrant.add_targets()->set_selector("pattern:text:INVITE");
  EXPECT_FALSE(make_tap(warrant, kXid, "NE-2").has_value());
}

TEST(Directives, AMediationSaysHowToHandOver) {
  const v1::Mediation mediation = make_mediation(active_warrant(), 0, make_agency(), {.value = 7, .reset_first = true});
  EXPECT_EQ(mediation.liid(), "L1");
  EXPECT_EQ(mediation.delivery_country(), "DE");
  EXPECT_EQ(mediation.cin().static_cin(), 7u);
  EXPECT_TRUE(mediation.cin().reset_first());
  EXPECT_EQ(mediation.cin().leased_count(), 0u);
  EXPECT_EQ(mediation.hi2().endpoints(0).port(), 7002u);
  EXPECT_EQ(mediation.hi3().endpoints(0).port(), 7003u);
}

TEST(Directives, DestinationsOfTwoAgenciesNeverShareAnId) {
  const v1::Mediation first = make_mediation(active_warrant(), 0, make_agency("a"), {.value = 1});
  const v1::Mediation second = make_mediation(active_warrant(), 0, make_agency("b"), {.value = 1});
  EXPECT_EQ(first.hi2().id(), "a/hi2");
  EXPECT_NE(first.hi2().id(), second.hi2().id());
}

TEST(Directives, ADeliveryIsLabOnlyWhereAllItsDestinationsAre) {
  v1::Agency agency = make_agency();
  agency.mutable_destinations(0)->set_lab(true);
  EXPECT_FALSE(is_lab_delivery(active_warrant(), 0, agency));
  agency.mutable_destinations(1)->set_lab(true);
  EXPECT_TRUE(is_lab_delivery(active_warrant(), 0, agency));
}

TEST(Directives, NamesMacAddressesAndLinesAreToldAsTheyAre) {
  v1::Warrant warrant = active_warrant();
  warrant.mutable_targets(0)->set_selector("radius-user:alice@example.org");
  warrant.add_targets()->set_selector("mac:00-53-00-12-34-ab");
  warrant.add_targets()->set_selector("vlan:100.200");
  warrant.mutable_targets(2)->mutable_scope()->set_port("tap0");
  const std::optional<v1::Tap> tap = make_tap(warrant, kXid, "NE-1");
  ASSERT_TRUE(tap.has_value());
  ASSERT_EQ(tap->targets_size(), 3);
  EXPECT_EQ(tap->targets(0).identity().kind(), v1::IDENTITY_KIND_RADIUS_USER);
  EXPECT_EQ(tap->targets(0).identity().value(), "alice@example.org");
  EXPECT_EQ(tap->targets(1).mac(), std::string("\x00\x53\x00\x12\x34\xab", 6));
  EXPECT_EQ(tap->targets(2).vlans().ids(1), 200u);
  EXPECT_EQ(tap->targets(2).scope().port(), "tap0");
}

TEST(Directives, FramesAreSaidInTheTapAlone) {
  v1::Warrant warrant = active_warrant();
  warrant.mutable_targets(0)->set_selector("mac:00-53-00-12-34-56");
  const std::string mediation = make_mediation(warrant, 0, make_agency(), {.value = 1}).SerializeAsString();
  warrant.set_link_layer(v1::LINK_LAYER_IPCC);
  EXPECT_EQ(make_tap(warrant, kXid, "NE-1")->link_layer(), v1::LINK_LAYER_UNSPECIFIED);
  warrant.set_link_layer(v1::LINK_LAYER_L2CC);
  EXPECT_EQ(make_tap(warrant, kXid, "NE-1")->link_layer(), v1::LINK_LAYER_L2CC);
  EXPECT_EQ(make_mediation(warrant, 0, make_agency(), {.value = 1}).SerializeAsString(), mediation);
}

TEST(Directives, LocationIsToldWhereTheWarrantOrdersItAndRawMessagesNeverForIriAlone) {
  v1::Warrant warrant = active_warrant();
  v1::Agency agency = make_agency();
  EXPECT_FALSE(make_mediation(warrant, 0, agency, {.value = 1}).location());
  EXPECT_FALSE(make_mediation(warrant, 0, agency, {.value = 1}).raw_aaa());
  warrant.set_location(true);
  agency.mutable_profile()->set_raw_aaa(true);
  EXPECT_TRUE(make_mediation(warrant, 0, agency, {.value = 1}).location());
  EXPECT_TRUE(make_mediation(warrant, 0, agency, {.value = 1}).raw_aaa());
  warrant.set_content(v1::CONTENT_IRI);
  EXPECT_FALSE(make_mediation(warrant, 0, agency, {.value = 1}).raw_aaa());
}

TEST(Directives, CallsThatATargetHasLeftAreFollowedWhereTheWarrantOrdersIt) {
  v1::Warrant warrant = active_warrant();
  EXPECT_FALSE(make_mediation(warrant, 0, make_agency(), {.value = 1}).redirected_calls());
  warrant.set_redirected_calls(true);
  EXPECT_TRUE(make_mediation(warrant, 0, make_agency(), {.value = 1}).redirected_calls());
}

}  // namespace
}  // namespace lictor::control
