// What lictord may say in a directive, and what is refused by the name of its field.
#include "dataplane/agent/directive.h"

#include <gmock/gmock.h>

#include <functional>

#include "tests/unit/dataplane/agent/directives.h"

namespace lictor {
namespace {

void expect_refused(const v1::Directive& message, const std::string& field) {
  const Result<Directive> directive = parsed(message);
  ASSERT_FALSE(directive.ok()) << field;
  EXPECT_THAT(std::string(directive.status().message()), testing::HasSubstr(field));
}

void expect_tap_refused(const std::function<void(v1::Tap&)>& spoil, const std::string& field) {
  v1::Tap tap = tap_message(1);
  spoil(tap);
  expect_refused(directive_message(1, tap), field);
}

void expect_mediation_refused(const std::function<void(v1::Mediation&)>& spoil, const std::string& field) {
  v1::Mediation mediation = mediation_message(1);
  spoil(mediation);
  expect_refused(directive_message(1, mediation), field);
}

TEST(Directive, TapIsReadWhole) {
  v1::Tap message = tap_message(1);
  v1::Scope& scope = *message.mutable_targets(0)->mutable_scope();
  scope.set_tap_group("core");
  scope.add_vlans(100);
  scope.add_vlans(200);
  scope.set_label(0);
  scope.set_vni(5000);
  const Result<Directive> directive = parsed(directive_message(42, message));
  ASSERT_TRUE(directive.ok()) << directive.status();
  EXPECT_EQ(directive->generation, 42U);
  const TapDirective& tap = std::get<TapDirective>(directive->kind);
  EXPECT_EQ(tap.xid, xid_of(1));
  EXPECT_EQ(tap.start.unix_ns, kStart);
  EXPECT_EQ(tap.stop.unix_ns, kEnd);
  EXPECT_TRUE(tap.iri && tap.cc);
  ASSERT_EQ(tap.targets.size(), 1U);
  EXPECT_EQ(tap.targets[0].prefix.bits, 32);
  EXPECT_EQ(tap.targets[0].scope.tap_group, "core");
  EXPECT_EQ(tap.targets[0].scope.vlan_count, 2);
  EXPECT_EQ(tap.targets[0].scope.vlans[1], 200);
  EXPECT_EQ(tap.targets[0].scope.label, 0U) << "a label of 0 is said, not left away";
  EXPECT_EQ(tap.targets[0].scope.vni, 5000U);
  EXPECT_FALSE(tap.targets[0].is_flow());
  EXPECT_TRUE(tap.patterns.empty() && tap.exclusions.empty());
}

TEST(Directive, ScopeThatDoesNotSayLabelOrVniCountsInAny) {
  const TapDirective tap = tap_of(tap_message(1));
  EXPECT_EQ(tap.targets[0].scope.label, kNoContext);
  EXPECT_EQ(tap.targets[0].scope.vni, kNoContext);
}

TEST(Directive, FlowIsReadWhole) {
  const TapDirective tap = tap_of(flow_tap_message(1));
  ASSERT_EQ(tap.targets.size(), 1U);
  const TapTarget& target = tap.targets[0];
  EXPECT_TRUE(target.is_flow());
  EXPECT_EQ(target.prefix.bits, 32);
  EXPECT_EQ(target.protocol, 6);
  EXPECT_EQ(target.target_ports, (PortRange{.first = 5060, .last = 5070}));
  EXPECT_EQ(target.remote.bits, 24);
  EXPECT_EQ(target.remote.octets[0], 198);
  EXPECT_EQ(target.remote_ports, (PortRange{.first = 443, .last = 443}));
}

TEST(Directive, FlowThatSaysOnlyItsProtocolIsOpenInTheRest) {
  v1::Tap message = flow_tap_message(1);
  v1::FlowKey& flow = *message.mutable_targets(0)->mutable_flow();
  flow.set_protocol(47);
  flow.clear_target_ports();
  flow.clear_remote();
  flow.clear_remote_ports();
  const TapTarget target = tap_of(message).targets.at(0);
  EXPECT_TRUE(target.is_flow() && target.target_ports.all() && target.remote_ports.all());
  EXPECT_EQ(target.remote.bits, 0);
}

TEST(Directive, RemoteOfNoBitsIsAnybody) {
  v1::Tap message = flow_tap_message(1);
  set_prefix(*message.mutable_targets(0)->mutable_flow()->mutable_remote(), std::string(4, '\0'), 0);
  EXPECT_EQ(tap_of(message).targets.at(0).remote, IpPrefix());
}

TEST(Directive, PatternsAndExclusionsAreReadWhole) {
  v1::Tap message = tap_message(1);
  message.add_patterns()->set_literal(std::string("\x00\x01", 2));
  v1::Pattern& second = *message.add_patterns();
  second.set_expression("GET|POST");
  second.set_any_case(true);
  second.set_flow(true);
  set_prefix(*message.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 24);
  const TapDirective tap = tap_of(message);
  ASSERT_EQ(tap.patterns.size(), 2U);
  EXPECT_EQ(tap.patterns[0].octets, std::string("\x00\x01", 2));
  EXPECT_FALSE(tap.patterns[0].expression || tap.patterns[0].any_case || tap.patterns[0].flow);
  EXPECT_EQ(tap.patterns[1].octets, "GET|POST");
  EXPECT_TRUE(tap.patterns[1].expression && tap.patterns[1].any_case && tap.patterns[1].flow);
  ASSERT_EQ(tap.exclusions.size(), 1U);
  EXPECT_EQ(tap.exclusions[0].bits, 24);
}

TEST(Directive, LeaseThatEndsFirstEndsTheTap) {
  v1::Tap message = tap_message(1);
  message.set_lease_unix_ns(kStart + 1);
  EXPECT_EQ(tap_of(message).stop.unix_ns, kStart + 1);
}

TEST(Directive, ContentSaysWhatIsDelivered) {
  v1::Tap message = tap_message(1);
  message.set_content(v1::CONTENT_IRI);
  EXPECT_TRUE(tap_of(message).iri && !tap_of(message).cc);
  message.set_content(v1::CONTENT_CC);
  EXPECT_TRUE(!tap_of(message).iri && tap_of(message).cc);
}

TEST(Directive, FramesAreOfCardsAndLinesAsTheyAre) {
  EXPECT_TRUE(tap_of(frames_tap_message(1)).frames);
  v1::Tap packets = frames_tap_message(1);
  packets.set_link_layer(v1::LINK_LAYER_IPCC);
  EXPECT_FALSE(tap_of(packets).frames);
  EXPECT_FALSE(tap_of(tap_message(1)).frames);
  const auto refused = [](auto spoil) {
    expect_tap_refused(
        [&](v1::Tap& tap) {
          tap = frames_tap_message(1);
          spoil(tap);
        },
        "tap.link_layer");
  };
  refused([](v1::Tap& tap) { tap.set_link_layer(static_cast<v1::LinkLayer>(9)); });
  refused([](v1::Tap& tap) { *tap.add_targets() = tap_message(1).targets(0); });
  refused([](v1::Tap& tap) { tap.mutable_targets(0)->mutable_scope()->set_label(16); });
  refused([](v1::Tap& tap) { tap.mutable_targets(1)->mutable_scope()->set_vni(7); });
  refused([](v1::Tap& tap) { tap.add_patterns()->set_literal("needle"); });
  refused([](v1::Tap& tap) { set_prefix(*tap.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 24); });
  refused([](v1::Tap& tap) {
    v1::Identity& name = *tap.add_targets()->mutable_identity();
    name.set_kind(v1::IDENTITY_KIND_RADIUS_USER);
    name.set_value("alice@example.org");
  });
}

TEST(Directive, TapWithABadFieldIsRefusedByItsName) {
  expect_tap_refused([](v1::Tap& tap) { tap.set_xid("short"); }, "tap.xid");
  expect_tap_refused([](v1::Tap& tap) { tap.clear_targets(); }, "tap.targets");
  expect_tap_refused([](v1::Tap& tap) { tap.mutable_targets(0)->clear_key(); }, "tap.targets[0]");
  const auto prefix = [](v1::Tap& tap) -> v1::AddressPrefix& { return *tap.mutable_targets(0)->mutable_prefix(); };
  expect_tap_refused([&](v1::Tap& tap) { prefix(tap).set_address("12345"); }, "tap.targets[0].prefix");
  expect_tap_refused([&](v1::Tap& tap) { prefix(tap).set_prefix_length(33); }, "tap.targets[0].prefix");
  expect_tap_refused([&](v1::Tap& tap) { prefix(tap).set_prefix_length(24); }, "tap.targets[0].prefix");
  const auto scope = [](v1::Tap& tap) -> v1::Scope& { return *tap.mutable_targets(0)->mutable_scope(); };
  expect_tap_refused([&](v1::Tap& tap) { scope(tap).set_port(std::string(64, 'p')); }, "tap.targets[0].scope");
  expect_tap_refused([&](v1::Tap& tap) { scope(tap).add_vlans(4095); }, "tap.targets[0].scope");
  expect_tap_refused(
      [&](v1::Tap& tap) {
        for (uint32_t i = 0; i < 5; ++i) scope(tap).add_vlans(i);
      },
      "scope");
  expect_tap_refused([&](v1::Tap& tap) { scope(tap).set_label(1 << 20); }, "tap.targets[0].scope.label");
  expect_tap_refused([&](v1::Tap& tap) { scope(tap).set_vni(1 << 24); }, "tap.targets[0].scope.vni");
  expect_tap_refused([](v1::Tap& tap) { tap.mutable_window()->set_start_unix_ns(0); }, "tap.window.start_unix_ns");
  expect_tap_refused([](v1::Tap& tap) { tap.mutable_window()->set_end_unix_ns(kStart); }, "tap.window.end_unix_ns");
  expect_tap_refused([](v1::Tap& tap) { tap.mutable_window()->set_end_unix_ns(INT64_MIN); }, "tap.window.end_unix_ns");
  expect_tap_refused([](v1::Tap& tap) { tap.clear_lease_unix_ns(); }, "tap.lease_unix_ns");
  expect_tap_refused([](v1::Tap& tap) { tap.clear_content(); }, "tap.content");
  expect_tap_refused([](v1::Tap& tap) { tap.set_content(static_cast<v1::Content>(9)); }, "tap.content");
}

TEST(Directive, FlowWithABadFieldIsRefusedByItsName) {
  using F = v1::FlowKey;
  const std::pair<std::function<void(F&)>, const char*> cases[] = {
      {[](F& f) { f.clear_target(); }, "target."},
      {[](F& f) { f.mutable_target()->set_prefix_length(24); }, "target."},
      {[](F& f) { f.set_protocol(256); }, "protocol: "},
      {[](F& f) { f.set_protocol(0); }, "protocol: "},
      {[](F& f) { f.set_protocol(1); }, "protocol: "},
      {[](F& f) { f.mutable_target_ports()->set_first(5071); }, "target_ports."},
      {[](F& f) { f.mutable_remote_ports()->set_last(65536); }, "remote_ports."},
      {[](F& f) { f.mutable_remote()->set_prefix_length(8); }, "remote."},
      {[](F& f) { f.mutable_remote()->set_address(std::string(16, '\0')); }, "remote"},
  };
  for (const auto& [spoil, member] : cases)
    expect_refused(
        [&] {
          v1::Tap tap = flow_tap_message(1);
          spoil(*tap.mutable_targets(0)->mutable_flow());
          return directive_message(1, tap);
        }(),
        std::string("tap.targets[0].flow.") + member);
}

TEST(Directive, PatternsAndExclusionsHaveBounds) {
  expect_tap_refused([](v1::Tap& tap) { tap.add_patterns()->set_any_case(true); }, "tap.patterns[0]");
  expect_tap_refused([](v1::Tap& tap) { tap.add_patterns()->set_literal(""); }, "tap.patterns[0]");
  expect_tap_refused([](v1::Tap& tap) { tap.add_patterns()->set_expression(std::string(kPatternBytesMax + 1, 'x')); },
                     "tap.patterns[0]");
  expect_tap_refused(
      [](v1::Tap& tap) {
        for (size_t i = 0; i <= kPatternsPerTapMax; ++i) tap.add_patterns()->set_literal("x");
      },
      "tap.patterns");
  expect_tap_refused([](v1::Tap& tap) { tap.add_exclusions()->set_address("123"); }, "tap.exclusions[0]");
  expect_tap_refused(
      [](v1::Tap& tap) {
        for (size_t i = 0; i <= kExclusionsPerTapMax; ++i)
          set_prefix(*tap.add_exclusions(), std::string(4, '\x01'), 32);
      },
      "tap.exclusions");
}

// A later lictord may have a field that says to copy less; who does not know it would copy more than was ordered.
TEST(Directive, FieldsThatAreNotKnownAreRefusedWhereverTheyStand) {
  const auto add_unknown = [](google::protobuf::Message& message) {
    message.GetReflection()->MutableUnknownFields(&message)->AddVarint(1000, 1);
  };
  v1::Directive message = directive_message(1, tap_message(1));
  add_unknown(*message.mutable_tap()->mutable_targets(0)->mutable_scope());
  expect_refused(message, "directive");
  message = directive_message(1, tap_message(1));
  add_unknown(*message.mutable_tap());
  expect_refused(message, "directive");
  message = directive_message(1, mediation_message(1));
  add_unknown(*message.mutable_mediation()->mutable_profile());
  expect_refused(message, "directive");
  message = withdrawal_message(1, 1, v1::WITHDRAWAL_REASON_ENDED);
  add_unknown(*message.mutable_withdrawal());
  EXPECT_TRUE(parsed(message).ok()) << "nothing keeps a tap from ending";
}

TEST(Directive, MoreTargetsThanATapMayHaveAreRefused) {
  v1::Tap tap = tap_message(1);
  while (tap.targets_size() <= static_cast<int>(kTargetsPerTapMax)) *tap.add_targets() = tap.targets(0);
  expect_refused(directive_message(1, tap), "tap.targets");
}

TEST(Directive, MediationHasItsDefaults) {
  const MediationDirective mediation = mediation_of(mediation_message(1));
  EXPECT_EQ(mediation.parameters.li_ps_version, 33);
  EXPECT_EQ(mediation.parameters.ip_access_version, 14);
  EXPECT_EQ(mediation.parameters.timestamp_form, TimestampForm::kMicrosecond);
  EXPECT_EQ(mediation.keepalive.idle_ms, 120'000U);
  EXPECT_EQ(mediation.keepalive.wait_ms, 60'000U);
  EXPECT_TRUE(mediation.keepalive.on);
  EXPECT_TRUE(mediation.hi1);
  EXPECT_FALSE(mediation.hi1_target_information);
  EXPECT_EQ(mediation.parameters.internet_access_type, 0);
  EXPECT_EQ(mediation.parameters.cin, 7U);
}

TEST(Directive, MediationTakesTheProfileOfTheAgency) {
  v1::Mediation message = mediation_message(1);
  v1::DeliveryProfile& profile = *message.mutable_profile();
  profile.set_li_ps_version(20);
  profile.set_ip_access_version(18);
  profile.set_timestamp_form(v1::TIMESTAMP_FORM_GENERALIZED);
  profile.set_keepalive_idle_s(5);
  profile.set_keepalive_wait_s(1);
  profile.set_keepalive_off(true);
  profile.set_hi1(v1::HI1_MODE_OFF);
  message.set_internet_access_type(v1::INTERNET_ACCESS_TYPE_FTTX);
  message.mutable_cin()->set_reset_first(true);
  const MediationDirective mediation = mediation_of(message);
  EXPECT_EQ(mediation.parameters.li_ps_version, 20);
  EXPECT_EQ(mediation.parameters.ip_access_version, 18);
  EXPECT_EQ(mediation.parameters.timestamp_form, TimestampForm::kGeneralized);
  EXPECT_EQ(mediation.parameters.internet_access_type, 6);
  EXPECT_EQ(mediation.keepalive.idle_ms, 5000U);
  EXPECT_FALSE(mediation.keepalive.on);
  EXPECT_FALSE(mediation.hi1);
  EXPECT_TRUE(mediation.reset_first);
}

TEST(Directive, MediationWithABadFieldIsRefusedByItsName) {
  using M = v1::Mediation;
  expect_mediation_refused([](M& m) { m.set_xid(""); }, "mediation.xid");
  expect_mediation_refused([](M& m) { m.set_liid(""); }, "mediation.liid");
  expect_mediation_refused([](M& m) { m.set_liid(std::string(26, 'x')); }, "mediation.liid");
  expect_mediation_refused([](M& m) { m.set_authorization_country("AUT"); }, "mediation.authorization_country");
  expect_mediation_refused([](M& m) { m.clear_delivery_country(); }, "mediation.delivery_country");
  expect_mediation_refused([](M& m) { m.set_operator_id(std::string(17, 'o')); }, "mediation.operator_id");
  expect_mediation_refused([](M& m) { m.set_hi1_operator_id("toolong"); }, "mediation.hi1_operator_id");
  expect_mediation_refused([](M& m) { m.clear_user_label(); }, "mediation.user_label");
  expect_mediation_refused([](M& m) { m.set_internet_access_type(static_cast<v1::InternetAccessType>(99)); },
                           "mediation.internet_access_type");
  expect_mediation_refused([](M& m) { m.mutable_profile()->set_li_ps_version(128); }, "profile.li_ps_version");
  expect_mediation_refused([](M& m) { m.mutable_profile()->set_keepalive_idle_s(4); }, "profile.keepalive_idle_s");
  expect_mediation_refused([](M& m) { m.mutable_profile()->set_keepalive_wait_s(3601); }, "profile.keepalive_wait_s");
  expect_mediation_refused([](M& m) { m.mutable_profile()->set_security(static_cast<v1::HandoverSecurity>(9)); },
                           "profile.security");
  expect_mediation_refused([](M& m) { m.mutable_hi3()->set_lab(false); }, "profile.security");
  expect_mediation_refused([](M& m) { m.mutable_profile()->mutable_tls()->add_pins("spki:zz"); }, "profile.tls.pins");
  expect_mediation_refused(
      [](M& m) {
        for (int i = 0; i < 9; ++i) m.mutable_profile()->mutable_tls()->add_pins("cert:" + std::string(64, 'a'));
      },
      "profile.tls.pins");
  expect_mediation_refused([](M& m) { m.clear_hi2(), m.clear_hi3(); }, "mediation.hi2");
  expect_mediation_refused([](M& m) { m.mutable_hi2()->clear_id(); }, "mediation.hi2.id");
  expect_mediation_refused([](M& m) { m.mutable_hi3()->set_interface(v1::HANDOVER_INTERFACE_HI2); },
                           "mediation.hi3.interface");
  expect_mediation_refused([](M& m) { m.mutable_hi3()->clear_endpoints(); }, "mediation.hi3.endpoints");
  expect_mediation_refused([](M& m) { m.mutable_hi3()->mutable_endpoints(0)->set_port(0); }, "mediation.hi3.endpoints");
  expect_mediation_refused([](M& m) { m.mutable_hi3()->mutable_endpoints(0)->set_port(65536); },
                           "mediation.hi3.endpoints");
  expect_mediation_refused([](M& m) { m.mutable_hi3()->mutable_endpoints(0)->clear_host(); },
                           "mediation.hi3.endpoints");
  expect_mediation_refused(
      [](M& m) {
        while (m.hi2().endpoints_size() <= static_cast<int>(kEndpointsMax))
          *m.mutable_hi2()->add_endpoints() = m.hi2().endpoints(0);
      },
      "mediation.hi2.endpoints");
}

TEST(Directive, WhoSaysNothingAboutSecurityGetsTls) {
  v1::Mediation message = mediation_message(1);
  message.mutable_profile()->clear_security();
  v1::TlsProfile& tls = *message.mutable_profile()->mutable_tls();
  tls.add_pins("spki:00" + std::string(60, '1') + "fF");
  tls.set_server_name("lea.example.org");
  const Result<Directive> directive = parsed(directive_message(1, message));
  ASSERT_TRUE(directive.ok());
  const SecurityPlan& security = std::get<MediationDirective>(directive->kind).security;
  EXPECT_EQ(security.kind, HandoverSecurity::kTls);
  EXPECT_EQ(security.tls.credential, "default");
  EXPECT_EQ(security.tls.server_name, "lea.example.org");
  EXPECT_FALSE(security.tls.allow_1_2);
  ASSERT_EQ(security.tls.pins.size(), 1U);
  EXPECT_EQ(security.tls.pins[0].of, CertificatePin::Of::kPublicKey);
  EXPECT_EQ(security.tls.pins[0].sha256[0], 0x00);
  EXPECT_EQ(security.tls.pins[0].sha256[1], 0x11);
  EXPECT_EQ(security.tls.pins[0].sha256[31], 0xff);
}

TEST(Directive, WithdrawalNeedsAReason) {
  expect_refused(withdrawal_message(1, 1, v1::WITHDRAWAL_REASON_UNSPECIFIED), "withdrawal.reason");
  const Result<Directive> revoked = parsed(withdrawal_message(1, 1, v1::WITHDRAWAL_REASON_REVOKED));
  ASSERT_TRUE(revoked.ok());
  EXPECT_TRUE(std::get<WithdrawalDirective>(revoked->kind).revoked);
}

TEST(Directive, EpochGenerationAndKindMustBeThere) {
  v1::Directive message = directive_message(0, tap_message(1));
  expect_refused(message, "directive.generation");
  message = directive_message(1, tap_message(1));
  message.clear_epoch();
  expect_refused(message, "directive.epoch");
  message = directive_message(1, tap_message(1));
  message.clear_kind();
  expect_refused(message, "directive.kind");
}

TEST(Directive, RefusalNamesNoTargetAndNoLiid) {
  v1::Mediation mediation = mediation_message(1);
  mediation.clear_user_label();
  EXPECT_THAT(std::string(parsed(directive_message(1, mediation)).status().message()),
              testing::Not(testing::HasSubstr("LIID-TEST")));
  v1::Tap tap = tap_message(1);
  tap.add_patterns()->set_literal("SECRET" + std::string(kPatternBytesMax, 'x'));
  EXPECT_THAT(std::string(parsed(directive_message(1, tap)).status().message()),
              testing::Not(testing::HasSubstr("SECRET")));
}

TEST(Directive, EveryPrefixIsRefusedOrStillWellFormed) {
  for (const v1::Directive& message : {directive_message(7, tap_message(1)), directive_message(7, flow_tap_message(1)),
                                       directive_message(7, mediation_message(1))}) {
    const std::string whole = message.SerializeAsString();
    ASSERT_TRUE(parse_directive(as_bytes(whole)).ok());
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      EXPECT_FALSE(parse_directive(as_bytes(whole.substr(0, bytes))).ok()) << bytes;
    }
  }
}

TEST(Directive, GenerationIsKnownOfWhatIsRefused) {
  v1::Directive message = directive_message(99, tap_message(1));
  message.mutable_tap()->clear_xid();
  EXPECT_FALSE(parsed(message).ok());
  EXPECT_EQ(generation_of(as_bytes(message.SerializeAsString())), 99U);
  EXPECT_EQ(generation_of(as_bytes("\xff\xff")), 0U);
}

}  // namespace
}  // namespace lictor
