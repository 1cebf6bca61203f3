// Every field of a warrant with a wrong value is named; what is right comes out in its one form.
#include "control/registry/warrant_rules.h"

#include <functional>

#include "control/registry/address.h"
#include "control/registry/delivery_rules.h"
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
    {"warrant.targets[0].scope.label", [](v1::Warrant& w) { target(w).mutable_scope()->set_label(1 << 20); }},
    {"warrant.targets[0].scope.vni", [](v1::Warrant& w) { target(w).mutable_scope()->set_vni(1 << 24); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("flow:tcp,198.51.0.0/23,any"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("flow:udp,[2001:db8::/47],any"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("flow:tcp,10.0.0.1,any"); }},
    {"warrant.targets[0].selector", [](v1::Warrant& w) { target(w).set_selector("flow:tcp,any,192.0.2.7"); }},
    {"warrant.targets[2].selector",
     [](v1::Warrant& w) {
       w.add_targets()->set_selector("flow:tcp,198.51.100.7:80,any");
       w.add_targets()->set_selector("flow:6,198.51.100.7/32:80-80,0.0.0.0/0");
     }},
    {"warrant.targets", [](v1::Warrant& w) { target(w).set_selector("pattern:text:alone"); }},
    {"warrant.targets[1].selector", [](v1::Warrant& w) { w.add_targets()->set_selector("pattern:text:"); }},
    {"warrant.targets[2].selector",
     [](v1::Warrant& w) {
       w.add_targets()->set_selector("pattern:text:ABC");
       w.add_targets()->set_selector("pattern:hex:414243");
     }},
    {"warrant.targets[1].scope",
     [](v1::Warrant& w) {
       w.add_targets()->set_selector("pattern:text:ABC");
       w.mutable_targets(1)->mutable_scope()->set_port("tap0");
     }},
    {"warrant.targets",
     [](v1::Warrant& w) {
       for (int i = 0; i <= kPatternsPerWarrantMax; ++i)
         w.add_targets()->set_selector("pattern:text:" + std::to_string(i));
     }},
    {"warrant.exclusions[0]", [](v1::Warrant& w) { w.add_exclusions("ipv4:198.51.100.0/24"); }},
    {"warrant.exclusions[0]", [](v1::Warrant& w) { w.add_exclusions("198.51.100.1/24"); }},
    {"warrant.exclusions[0]", [](v1::Warrant& w) { w.add_exclusions("::/0"); }},
    {"warrant.exclusions[1]",
     [](v1::Warrant& w) {
       w.add_exclusions("2001:db8::");
       w.add_exclusions("2001:0db8::/128");
     }},
    {"warrant.exclusions",
     [](v1::Warrant& w) {
       for (int i = 0; i <= kExclusionsPerWarrantMax; ++i) w.add_exclusions("198.51.100." + std::to_string(i));
     }},
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

TEST(WarrantRules, OneSeriesOfAnLiidHasOneDeliveryThatIsNumbered) {
  v1::Agency agency = make_agency();
  agency.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);
  *agency.add_destinations() = make_destination("hi2-b", v1::HANDOVER_INTERFACE_HI2, 7004);
  v1::Destination& files = *agency.add_destinations();
  files.set_id("files");
  files.set_interface(v1::HANDOVER_INTERFACE_HI3);
  files.set_kind(v1::DESTINATION_KIND_PCAPNG);
  v1::Warrant warrant = make_warrant();
  warrant.add_deliveries()->set_hi2_destination_id("hi2");
  warrant.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  warrant.add_deliveries()->set_hi3_destination_id("files");
  EXPECT_TRUE(check(warrant, {}, nullptr, agency).ok()) << "files have numbers of their own";
  warrant.add_deliveries()->set_hi2_destination_id("hi2-b");
  warrant.mutable_deliveries(2)->set_hi3_destination_id("hi3");
  const Result<CheckedWarrant> two = check(warrant, {}, nullptr, agency);
  ASSERT_FALSE(two.ok());
  EXPECT_NE(two.status().message().find("profile.number_series"), std::string::npos) << two.status();
  agency.mutable_profile()->set_number_series(v1::NUMBER_SERIES_CIN);
  EXPECT_TRUE(check(warrant, {}, nullptr, agency).ok());
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

TEST(WarrantRules, FlowsPatternsAndExclusionsComeOutInOneSpelling) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    target(w).set_selector("flow:6,192.0.2.7/32:0-65535,198.51.100.0/24:443-443");
    w.add_targets()->set_selector("pattern:hex,flow:414243");
    w.add_exclusions("2001:0DB8::/32");
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->warrant.targets(0).selector(), "flow:tcp,192.0.2.7,198.51.100.0/24:443");
  EXPECT_EQ(checked->warrant.targets(1).selector(), "pattern:text,flow:ABC");
  EXPECT_EQ(checked->warrant.exclusions(0), "2001:db8::/32");
  EXPECT_TRUE(checked->warnings.empty());
}

TEST(WarrantRules, PatternsDoNotCountAmongTheTargetsThatAnIriNames) {
  const auto full = [](int patterns) {
    return [patterns](v1::Warrant& w) {
      for (int i = 1; i < kTargetsPerWarrantMax; ++i)
        w.add_targets()->set_selector("ipv4:198.51.100." + std::to_string(i));
      for (int i = 0; i < patterns; ++i) w.add_targets()->set_selector("pattern:text:" + std::to_string(i));
    };
  };
  EXPECT_TRUE(check_changed(full(kPatternsPerWarrantMax)).ok());
  EXPECT_FALSE(check_changed(full(kPatternsPerWarrantMax + 1)).ok());
}

TEST(WarrantRules, SharedAddressesAreTargetsOnlyWithPortsOfTheTargetsSide) {
  Policy policy;
  for (const char* shared : {"198.51.100.0/24", "2001:db8:5::53"}) policy.shared.push_back(*parse_prefix(shared));
  const auto accepted = [&](const std::string& selector) {
    const auto change = [&](v1::Warrant& w) { target(w).set_selector(selector); };
    EXPECT_TRUE(check_changed(change).ok()) << selector;
    return check_changed(change, policy).ok();
  };
  for (const char* selector :
       {"ipv4:198.51.100.7", "ipv4:198.51.100.0/25", "ipv6:2001:db8:5::/64", "ipv6:2001:db8:5::53",
        "flow:tcp,198.51.100.7,any", "flow:tcp,198.51.100.7,203.0.113.9:443", "flow:any,198.51.100.7,203.0.113.9",
        "flow:udp,[2001:db8:5::/64],any:53"})
    EXPECT_FALSE(accepted(selector)) << selector;
  for (const char* selector : {"ipv4:192.0.2.7", "ipv6:2001:db8:5::54", "flow:tcp,198.51.100.7:1024-2047,any",
                               "flow:tcp,192.0.2.7,198.51.100.7", "flow:udp,[2001:db8:5::53]:4000,any"})
    EXPECT_TRUE(accepted(selector)) << selector;
}

TEST(WarrantRules, SharedAddressIsRefusedInTheLabTooAndNotRepeated) {
  Policy policy{.lab = true};
  policy.shared.push_back(*parse_prefix("192.0.2.0/24"));
  const Status status = check_changed([](v1::Warrant&) {}, policy).status();
  EXPECT_TRUE(std::string(status.message()).starts_with("warrant.targets[0].selector: policy lists it as shared"));
  EXPECT_EQ(std::string(status.message()).find("192.0.2"), std::string::npos);
}

TEST(WarrantRules, AFlowTowardsWhatIsExcludedIsAWarning) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    target(w).set_selector("flow:tcp,192.0.2.7,198.51.100.9");
    w.add_exclusions("198.51.100.0/24");
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  ASSERT_EQ(checked->warnings.size(), 1u);
  EXPECT_TRUE(checked->warnings[0].starts_with("warrant.targets[0].selector: nothing of it is copied"));
}

TEST(WarrantRules, AFlowThatOverlapsAnAddressIsAWarning) {
  const Result<CheckedWarrant> checked = check_changed([](v1::Warrant& w) {
    w.add_targets()->set_selector("flow:tcp,192.0.2.7,any");
    w.add_targets()->set_selector("flow:tcp,198.51.100.9,any");
    w.add_targets()->set_selector("flow:udp,198.51.100.9,any");
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  ASSERT_EQ(checked->warnings.size(), 1u);
  EXPECT_TRUE(checked->warnings[0].starts_with("warrant.targets[1].selector: overlaps"));
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
