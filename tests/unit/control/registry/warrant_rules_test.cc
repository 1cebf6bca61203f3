// Every field of a warrant with a wrong value is named; what is right comes out in its one form.
#include "control/registry/warrant_rules.h"

#include <functional>

#include "control/registry/target_rules.h"
#include "control/registry/violations.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using Change = std::function<void(v1::Warrant&)>;

Result<CheckedWarrant> check(const v1::Warrant& given, const Policy& policy = {}, const v1::Warrant* stored = nullptr,
                             v1::Agency agency = make_agency()) {
  return check_warrant(given, {.policy = policy, .now = kNow, .agency = &agency, .stored = stored});
}

Result<CheckedWarrant> check_changed(const Change& change, const Policy& policy = {}) {
  v1::Warrant warrant = make_warrant();
  change(warrant);
  return check(warrant, policy);
}

v1::TargetSpec& target(v1::Warrant& warrant) { return *warrant.mutable_targets(0); }

struct Case {
  const char* field;
  Change spoil;
};

const Case kCases[] = {
    {"warrant.agency_id", [](v1::Warrant& w) { w.set_agency_id(""); }},
    {"warrant.liid", [](v1::Warrant& w) { w.set_liid(""); }},
    {"warrant.liid", [](v1::Warrant& w) { w.set_liid("0x1"); }},
    {"warrant.liid", [](v1::Warrant& w) { w.set_liid(std::string(26, 'x')); }},
    {"warrant.legal_reference", [](v1::Warrant& w) { w.set_legal_reference(""); }},
    {"warrant.legal_reference", [](v1::Warrant& w) { w.set_legal_reference(std::string(257, 'x')); }},
    {"warrant.authorising_person", [](v1::Warrant& w) { w.set_authorising_person("\t"); }},
    {"warrant.authorization_country", [](v1::Warrant& w) { w.set_authorization_country("A1"); }},
    {"warrant.delivery_country", [](v1::Warrant& w) { w.set_delivery_country("x"); }},
    {"warrant.operator_id", [](v1::Warrant& w) { w.set_operator_id(""); }},
    {"warrant.operator_id", [](v1::Warrant& w) { w.set_operator_id(std::string(17, 'x')); }},
    {"warrant.hi1_operator_id", [](v1::Warrant& w) { w.set_operator_id("LONGER"); }},
    {"warrant.hi1_operator_id", [](v1::Warrant& w) { w.set_hi1_operator_id("LONGER"); }},
    {"warrant.user_label", [](v1::Warrant& w) { w.set_user_label(""); }},
    {"warrant.user_label", [](v1::Warrant& w) { w.set_user_label(std::string(129, 'x')); }},
    {"warrant.internet_access_type", [](v1::Warrant& w) { w.clear_internet_access_type(); }},
    {"warrant.internet_access_type",
     [](v1::Warrant& w) { w.set_internet_access_type(static_cast<v1::InternetAccessType>(99)); }},
    {"warrant.content", [](v1::Warrant& w) { w.clear_content(); }},
    {"warrant.content", [](v1::Warrant& w) { w.set_content(static_cast<v1::Content>(9)); }},
    {"warrant.start", [](v1::Warrant& w) { w.set_start("tomorrow"); }},
    {"warrant.end", [](v1::Warrant& w) { w.set_end(""); }},
    {"warrant.end", [](v1::Warrant& w) { w.set_end("2026-11-21"); }},
    {"warrant.end", [](v1::Warrant& w) { w.set_end("2026-11-21T08:00:00Z"); }},  // is now: past already
    {"warrant.end", [](v1::Warrant& w) { w.set_end("2026-11-21T09:00:00Z"); }},  // is start: empty window
    {"warrant.end", [](v1::Warrant& w) { w.set_end("2027-11-23T08:00:00Z"); }},  // longer than policy
    {"warrant.targets", [](v1::Warrant& w) { w.clear_targets(); }},
    {"warrant.targets",
     [](v1::Warrant& w) {
       for (int i = 0; i < kTargetsPerWarrantMax; ++i) w.add_targets()->set_selector("ipv4:198.51.100.1");
     }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("ipv4:192.0.2.7/24"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("ipv4:198.51.0.0/23"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("ipv6:2001:db8::/47"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("ipv4:10.0.0.1"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("ipv4:224.0.0.1"); }},
    {"warrant.targets[1].selector", [](v1::Warrant& w) { w.add_targets()->set_selector("ipv4:192.0.2.7/32"); }},
    {"warrant.targets[0].scope.port", [](v1::Warrant& w) { target(w).mutable_scope()->set_port("a b"); }},
    {"warrant.targets[0].scope.vlans[0]", [](v1::Warrant& w) { target(w).mutable_scope()->add_vlans(4095); }},
    {"warrant.deliveries[0].hi2_destination_id",
     [](v1::Warrant& w) { w.add_deliveries()->set_hi3_destination_id("hi3"); }},
    {"warrant.deliveries[0].hi3_destination_id",
     [](v1::Warrant& w) { w.add_deliveries()->set_hi2_destination_id("hi2"); }},
    {"warrant.deliveries[0].hi2_destination_id",
     [](v1::Warrant& w) {
       w.add_deliveries()->set_hi2_destination_id("hi3");  // of the other interface
       w.mutable_deliveries(0)->set_hi3_destination_id("hi3");
     }},
    {"warrant.deliveries[1]",
     [](v1::Warrant& w) {
       for (int i = 0; i < 2; ++i) {
         v1::Delivery& delivery = *w.add_deliveries();
         delivery.set_hi2_destination_id("hi2");
         delivery.set_hi3_destination_id("hi3");
       }
     }},
    {"warrant.deliveries",
     [](v1::Warrant& w) {
       for (int i = 0; i <= kDeliveriesPerWarrantMax; ++i) w.add_deliveries();
     }},
};

TEST(WarrantRules, EachWrongFieldIsNamed) {
  for (const Case& wrong : kCases) {
    const Result<CheckedWarrant> checked = check_changed(wrong.spoil);
    ASSERT_FALSE(checked.ok()) << wrong.field;
    const std::string message = "; " + std::string(checked.status().message());
    EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(message.find(std::string("; ") + wrong.field + ": "), std::string::npos)
        << wrong.field << " in " << message;
    EXPECT_TRUE(checked.status().GetPayload(kErrorDetailUrl).has_value());
  }
}

TEST(WarrantRules, AnUnknownAgencyIsNamedTogetherWithEverythingElse) {
  v1::Warrant warrant = make_warrant();
  warrant.set_liid("");
  const Policy policy;
  const Result<CheckedWarrant> checked =
      check_warrant(warrant, {.policy = policy, .now = kNow, .agency = nullptr, .stored = nullptr});
  const std::string message(checked.status().message());
  EXPECT_NE(message.find("warrant.agency_id: unknown agency"), std::string::npos);
  EXPECT_NE(message.find("warrant.liid: missing"), std::string::npos);
}

TEST(WarrantRules, WhatMayBeLeftAwayIsFilledIn) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    target(w).set_selector("ipv6:2001:0db8:0::/64");
    w.set_end("2026-11-22T09:00:00 Europe/Vienna");
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->warrant.delivery_country(), "AT");
  EXPECT_EQ(checked->warrant.hi1_operator_id(), "OPER1");
  EXPECT_EQ(checked->warrant.end(), "2026-11-22T08:00:00Z");
  EXPECT_EQ(checked->warrant.targets(0).selector(), "ipv6:2001:db8::/64");
  ASSERT_EQ(checked->warrant.deliveries_size(), 1);
  EXPECT_EQ(checked->warrant.deliveries(0).hi2_destination_id(), "hi2");
  EXPECT_EQ(checked->warrant.deliveries(0).hi3_destination_id(), "hi3");
  EXPECT_TRUE(checked->warnings.empty());
}

TEST(WarrantRules, AnEmptyOrPastStartMeansNow) {
  for (const char* start : {"", "2026-11-21T07:59:59Z", "2020-01-01T00:00:00Z"}) {
    const Result<CheckedWarrant> checked = check_changed([&](v1::Warrant& w) { w.set_start(start); });
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_EQ(window_of(checked->warrant).start_unix_ns(), kNow.unix_ns);
  }
}

TEST(WarrantRules, NonPublicTargetsNeedAScopeOutsideLabMode) {
  const auto private_target = [](v1::Warrant& w) { target(w).set_selector("ipv4:10.0.0.1"); };
  EXPECT_FALSE(check_changed(private_target).ok());
  EXPECT_TRUE(check_changed(private_target, {.lab = true}).ok());
  EXPECT_TRUE(check_changed([&](v1::Warrant& w) {
                private_target(w);
                target(w).mutable_scope()->add_vlans(7);
              }).ok());
}

TEST(WarrantRules, AddressesOfNobodyAreTargetsInTheLabOnly) {
  const auto multicast = [](v1::Warrant& w) {
    target(w).set_selector("ipv4:224.0.0.1");
    target(w).mutable_scope()->add_vlans(7);
  };
  EXPECT_FALSE(check_changed(multicast).ok());
  EXPECT_TRUE(check_changed(multicast, {.lab = true}).ok());
}

TEST(WarrantRules, WidthsFollowPolicy) {
  const auto wide = [](v1::Warrant& w) { target(w).set_selector("ipv4:198.51.0.0/16"); };
  EXPECT_FALSE(check_changed(wide).ok());
  EXPECT_TRUE(check_changed(wide, {.prefix_ipv4_min = 16}).ok());
}

TEST(WarrantRules, NarrowIpv6AndOverlapsAreWarnings) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    w.add_targets()->set_selector("ipv6:2001:db8::1");
    w.add_targets()->set_selector("ipv4:192.0.2.0/24");
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  ASSERT_EQ(checked->warnings.size(), 2u);
  EXPECT_TRUE(checked->warnings[0].starts_with("warrant.targets[1].selector: narrower than /64"));
  EXPECT_TRUE(checked->warnings[1].starts_with("warrant.targets[2].selector: overlaps"));
}

TEST(WarrantRules, TheSamePrefixInAnotherScopeIsAnotherTarget) {
  EXPECT_TRUE(check_changed([](v1::Warrant& w) {
                v1::TargetSpec& other = *w.add_targets();
                other.set_selector("ipv4:192.0.2.7");
                other.mutable_scope()->add_vlans(7);
              }).ok());
}

TEST(WarrantRules, AnAgencyWithTwoDestinationsMustBeToldWhich) {
  v1::Agency agency = make_agency();
  *agency.add_destinations() = make_destination("hi2-b", v1::HANDOVER_INTERFACE_HI2, 7004);
  const Result<CheckedWarrant> checked = check(make_warrant(), {}, nullptr, agency);
  EXPECT_NE(std::string(checked.status().message()).find("warrant.deliveries: "), std::string::npos);
  v1::Warrant named = make_warrant();
  named.add_deliveries()->set_hi2_destination_id("hi2-b");
  named.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  EXPECT_TRUE(check(named, {}, nullptr, agency).ok());
}

TEST(WarrantRules, ContentSaysWhichInterfacesAreNeeded) {
  v1::Agency only_hi2 = make_agency();
  only_hi2.mutable_destinations()->RemoveLast();
  v1::Warrant warrant = make_warrant();
  EXPECT_FALSE(check(warrant, {}, nullptr, only_hi2).ok());
  warrant.set_content(v1::CONTENT_IRI);
  EXPECT_TRUE(check(warrant, {}, nullptr, only_hi2).ok());
  v1::Agency only_hi3 = make_agency();
  only_hi3.mutable_destinations()->DeleteSubrange(0, 1);
  EXPECT_FALSE(check(warrant, {}, nullptr, only_hi3).ok());
  warrant.set_content(v1::CONTENT_CC);
  const Result<CheckedWarrant> checked = check(warrant, {}, nullptr, only_hi3);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->warnings.size(), 1u);  // no HI1
}

TEST(WarrantRules, AgencyAndLiidCannotBeChanged) {
  const v1::Warrant stored = check(make_warrant())->warrant;
  v1::Warrant given = stored;
  given.set_liid("OTHER");
  given.set_agency_id("other");
  const std::string message(check(given, {}, &stored).status().message());
  EXPECT_NE(message.find("warrant.liid: cannot be changed"), std::string::npos);
  EXPECT_NE(message.find("warrant.agency_id: cannot be changed"), std::string::npos);
}

TEST(WarrantRules, TheStartOfWhatIsInForceStays) {
  v1::Warrant stored = check_changed([](v1::Warrant& w) { w.set_start(""); })->warrant;
  stored.set_state(v1::WARRANT_STATE_ACTIVE);
  v1::Warrant given = stored;
  given.set_end("2026-11-23T08:00:00Z");
  ASSERT_TRUE(check(given, {}, &stored).ok());
  EXPECT_EQ(check(given, {}, &stored)->warrant.start(), stored.start());
  given.set_start("2026-11-21T10:00:00Z");
  EXPECT_NE(std::string(check(given, {}, &stored).status().message()).find("warrant.start: "), std::string::npos);
}

TEST(WarrantRules, OutputFieldsAreNotTakenFromTheRequest) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    w.set_id("mine");
    w.set_state(v1::WARRANT_STATE_ACTIVE);
    w.add_xids("x");
    w.set_revision(9);
    w.mutable_window()->set_end_unix_ns(1);
  });
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(checked->warrant.id(), "");
  EXPECT_EQ(checked->warrant.state(), v1::WARRANT_STATE_UNSPECIFIED);
  EXPECT_EQ(checked->warrant.xids_size(), 0);
  EXPECT_EQ(checked->warrant.revision(), 0u);
  EXPECT_FALSE(checked->warrant.has_window());
}

}  // namespace
}  // namespace lictor::control
