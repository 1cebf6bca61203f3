// What a directive may say of whom signalling names, of cards and lines, and of sessions.
#include <gmock/gmock.h>

#include <functional>

#include "dataplane/agent/directive.h"
#include "tests/unit/dataplane/agent/directives.h"

namespace lictor {
namespace {

using testing::HasSubstr;

TEST(DirectiveSessions, NamesCardsAndLinesAreTakenIn) {
  v1::Tap message = tap_message(1);
  v1::TapTarget& name = *message.add_targets();
  name.mutable_identity()->set_kind(v1::IDENTITY_KIND_CIRCUIT_ID);
  name.mutable_identity()->set_value("line 7");
  name.mutable_scope()->set_network_element_id("NE-1");
  message.add_targets()->set_mac(std::string("\x00\x53\x00\x00\x00\x01", 6));
  message.mutable_targets(2)->mutable_scope()->add_vlans(7);
  for (const uint32_t id : {100U, 200U}) message.mutable_targets()->Add()->mutable_vlans()->add_ids(id);
  message.mutable_targets(3)->mutable_vlans()->add_ids(300);
  const TapDirective tap = tap_of(message);
  ASSERT_EQ(tap.identities.size(), 1U);
  EXPECT_EQ(tap.identities[0].kind, IdentityKind::kCircuitId);
  EXPECT_EQ(tap.identities[0].value, "line 7");
  EXPECT_EQ(tap.identities[0].scope.network_element_id, "NE-1");
  ASSERT_EQ(tap.targets.size(), 4U);
  EXPECT_EQ(tap.targets[1].key, RuleKey::kMac);
  EXPECT_EQ(tap.targets[1].mac, (std::array<uint8_t, 6>{0, 0x53, 0, 0, 0, 1}));
  EXPECT_EQ(tap.targets[1].scope.vlan_count, 1);
  EXPECT_EQ(tap.targets[2].key, RuleKey::kVlans);
  EXPECT_EQ(tap.targets[2].scope.vlan_count, 2);
  EXPECT_EQ(tap.targets[2].scope.vlans[1], 300);
  EXPECT_EQ(tap.targets[3].scope.vlan_count, 1);
}

TEST(DirectiveSessions, NamesCardsAndLinesOutOfBoundsAreRefusedByTheirPath) {
  const auto why = [](const std::function<void(v1::TapTarget&)>& spoil) {
    v1::Tap message = tap_message(1);
    spoil(*message.add_targets());
    return std::string(parsed(directive_message(1, message)).status().message());
  };
  const auto identity = [&](v1::IdentityKind kind, const std::string& value) {
    return why([&](v1::TapTarget& target) {
      target.mutable_identity()->set_kind(kind);
      target.mutable_identity()->set_value(value);
    });
  };
  EXPECT_THAT(identity(v1::IDENTITY_KIND_UNSPECIFIED, "a"), HasSubstr("tap.targets[1].identity.kind"));
  EXPECT_THAT(identity(static_cast<v1::IdentityKind>(5), "a"), HasSubstr("tap.targets[1].identity.kind"));
  EXPECT_THAT(identity(static_cast<v1::IdentityKind>(15), "a"), HasSubstr("tap.targets[1].identity.kind"));
  EXPECT_THAT(identity(v1::IDENTITY_KIND_RADIUS_USER, ""), HasSubstr("tap.targets[1].identity.value"));
  EXPECT_THAT(identity(v1::IDENTITY_KIND_RADIUS_USER, "a@EXAMPLE.org"),
              HasSubstr("identity.value: is not in the form"));
  EXPECT_THAT(identity(v1::IDENTITY_KIND_RADIUS_USER, std::string(256, 'a')), HasSubstr("identity.value"));
  EXPECT_THAT(identity(v1::IDENTITY_KIND_IMSI, "12345"), HasSubstr("identity.value"));
  EXPECT_THAT(identity(v1::IDENTITY_KIND_TEL_URI, "+43123*"), HasSubstr("identity.value"));
  EXPECT_EQ(identity(v1::IDENTITY_KIND_TEL_URI, "+431234*"), "");
  EXPECT_THAT(why([](v1::TapTarget& target) { target.set_mac("12345"); }), HasSubstr("tap.targets[1].mac"));
  EXPECT_THAT(why([](v1::TapTarget& target) { target.mutable_vlans(); }), HasSubstr("tap.targets[1].vlans.ids"));
  EXPECT_THAT(why([](v1::TapTarget& target) { target.mutable_vlans()->add_ids(0); }), HasSubstr("vlans.ids"));
  EXPECT_THAT(why([](v1::TapTarget& target) { target.mutable_vlans()->add_ids(4095); }), HasSubstr("vlans.ids"));
  EXPECT_THAT(why([](v1::TapTarget& target) {
                for (int i = 0; i < 3; ++i) target.mutable_vlans()->add_ids(7);
              }),
              HasSubstr("vlans.ids"));
  EXPECT_THAT(why([](v1::TapTarget& target) {
                target.mutable_vlans()->add_ids(7);
                target.mutable_scope()->add_vlans(7);
              }),
              HasSubstr("tap.targets[1].scope.vlans"));
}

TEST(DirectiveSessions, WhatAMediationSaysOfSessionsIsTakenIn) {
  v1::Mediation message = mediation_message(1);
  EXPECT_FALSE(mediation_of(message).parameters.session_iri.location);
  EXPECT_FALSE(mediation_of(message).redirected_calls);
  message.set_location(true);
  message.set_raw_aaa(true);
  message.set_redirected_calls(true);
  message.mutable_cin()->set_leased_first(UINT32_MAX - 9);
  message.mutable_cin()->set_leased_count(10);
  const MediationDirective mediation = mediation_of(message);
  EXPECT_TRUE(mediation.parameters.session_iri.location);
  EXPECT_TRUE(mediation.parameters.session_iri.raw_aaa);
  EXPECT_TRUE(mediation.redirected_calls);
  EXPECT_EQ(mediation.cins, (CinLease{.first = UINT32_MAX - 9, .count = 10}));
  message.mutable_cin()->set_leased_count(11);
  EXPECT_THAT(std::string(parsed(directive_message(1, message)).status().message()), HasSubstr("cin.leased_count"));
}

TEST(DirectiveSessions, WhatAnAgencyDoesNotWantOfCallsIsTakenIn) {
  v1::Mediation message = mediation_message(1);
  EXPECT_FALSE(mediation_of(message).left_out.comfort_noise || mediation_of(message).left_out.telephone_events);
  message.mutable_profile()->set_leave_out_comfort_noise(true);
  EXPECT_TRUE(mediation_of(message).left_out.comfort_noise);
  EXPECT_FALSE(mediation_of(message).left_out.telephone_events);
  message.mutable_profile()->set_leave_out_telephone_events(true);
  EXPECT_TRUE(mediation_of(message).left_out.telephone_events);
}

}  // namespace
}  // namespace lictor
