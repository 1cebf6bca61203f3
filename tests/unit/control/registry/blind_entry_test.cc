// What an approver has entered again, against what was filed.
#include "control/registry/blind_entry.h"

#include <gmock/gmock.h>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::Warrant filed() {
  v1::Warrant warrant = make_warrant("AB");
  warrant.set_order_sha256(std::string(32, 'x'));
  v1::TargetSpec& second = *warrant.add_targets();
  second.set_selector("ipv6:2001:db8::/64");
  second.mutable_scope()->set_port("tap0");
  warrant.add_exclusions("198.51.100.0/24");
  warrant.add_exclusions("2001:db8::53/128");
  warrant.add_deliveries()->set_hi2_destination_id("hi2");
  warrant.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  return warrant;
}

std::vector<std::string> fields_of(const v1::Warrant& warrant, const v1::BlindEntry& entry) {
  return disagreeing_fields(warrant, make_agency(), entry);
}

v1::BlindEntry right_entry() {
  v1::BlindEntry entry;
  entry.add_targets()->set_selector("ipv6:2001:0db8:0::/64");
  entry.mutable_targets(0)->mutable_scope()->set_port("tap0");
  entry.add_targets()->set_selector("ipv4:192.0.2.7/32");
  entry.set_liid("0x4142");
  entry.set_end("2026-11-22T09:00:00+01:00");
  entry.set_order_sha256(std::string(32, 'x'));
  entry.set_content(v1::CONTENT_IRI_AND_CC);
  entry.add_exclusions("2001:db8:0::53");
  entry.add_exclusions("198.51.100.0/24");
  return entry;
}

TEST(BlindEntry, AnotherSpellingInAnotherOrderMeansTheSame) {
  EXPECT_THAT(fields_of(filed(), right_entry()), IsEmpty());
}

TEST(BlindEntry, EachFieldIsSaidByItsName) {
  v1::BlindEntry entry = right_entry();
  entry.mutable_targets(1)->set_selector("ipv4:192.0.2.8");
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  entry.mutable_targets(0)->clear_scope();
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  entry.mutable_targets()->RemoveLast();
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  *entry.add_targets() = entry.targets(0);
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  entry.set_liid("AC");
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("liid"));
  entry = right_entry();
  entry.set_end("2026-11-22T09:00:01+01:00");
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("end"));
  entry = right_entry();
  entry.set_order_sha256(std::string(32, 'y'));
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("order_sha256"));
}

TEST(BlindEntry, ContentAndExclusionsAreEnteredToo) {
  v1::BlindEntry entry = right_entry();
  entry.set_content(v1::CONTENT_IRI);
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("content"));
  entry.clear_content();
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("content"));
  entry = right_entry();
  entry.mutable_exclusions()->RemoveLast();
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("exclusions")) << "one was dropped by whoever entered";
  v1::Warrant fewer = filed();
  fewer.mutable_exclusions()->RemoveLast();
  EXPECT_THAT(fields_of(fewer, right_entry()), ElementsAre("exclusions")) << "one was dropped by whoever filed";
  entry.add_exclusions("counsel");
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("exclusions"));
}

TEST(BlindEntry, DeliveriesAreThoseOfTheEntryOrTheAgencysOnlyOnes) {
  v1::BlindEntry entry = right_entry();
  entry.add_deliveries()->set_hi2_destination_id("hi2");
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("deliveries")) << "its content goes nowhere";
  entry.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  entry.mutable_deliveries(0)->set_rate_bps(64'000);
  EXPECT_THAT(fields_of(filed(), entry), IsEmpty());
  v1::Agency larger = make_agency();
  *larger.add_destinations() = make_destination("hi3-2", v1::HANDOVER_INTERFACE_HI3, 7004);
  EXPECT_THAT(disagreeing_fields(filed(), larger, right_entry()), ElementsAre("deliveries")) << "one has to be named";
  EXPECT_THAT(disagreeing_fields(filed(), larger, entry), IsEmpty());
  v1::Warrant elsewhere = filed();
  elsewhere.mutable_deliveries(0)->set_hi3_destination_id("hi3-2");
  EXPECT_THAT(disagreeing_fields(elsewhere, larger, entry), ElementsAre("deliveries"));
}

TEST(BlindEntry, ADestinationThatIriHasNoUseForDoesNotCount) {
  v1::Warrant warrant = filed();  // as a reduction to IRI leaves it
  warrant.set_content(v1::CONTENT_IRI);
  v1::BlindEntry entry = right_entry();
  entry.set_content(v1::CONTENT_IRI);
  EXPECT_THAT(fields_of(warrant, entry), IsEmpty());
}

TEST(BlindEntry, AWarrantThatCannotBeReadAgreesWithNothing) {
  v1::Warrant warrant = filed();
  warrant.set_liid("0x4");
  warrant.set_end("tomorrow");
  warrant.mutable_targets(0)->set_selector("nobody");
  warrant.set_exclusions(0, "nobody");
  warrant.mutable_deliveries(0)->set_hi2_destination_id("nowhere");
  v1::BlindEntry entry = right_entry();
  EXPECT_THAT(fields_of(warrant, entry), ElementsAre("targets", "liid", "end", "exclusions", "deliveries"));
  *entry.mutable_targets() = warrant.targets();
  *entry.mutable_exclusions() = warrant.exclusions();
  EXPECT_THAT(fields_of(warrant, entry), ElementsAre("targets", "liid", "end", "exclusions", "deliveries"));
}

TEST(BlindEntry, WhatCannotBeReadAgreesWithNothing) {
  EXPECT_THAT(fields_of(filed(), {}), ElementsAre("targets", "liid", "end", "content", "exclusions", "order_sha256"));
  v1::BlindEntry entry = right_entry();
  entry.mutable_targets(0)->set_selector("ipv6:2001:db8::/64, and more");
  entry.set_liid("0x4");
  entry.set_end("tomorrow");
  EXPECT_THAT(fields_of(filed(), entry), ElementsAre("targets", "liid", "end"));
}

TEST(BlindEntry, WithoutADocumentNothingAgrees) {
  v1::Warrant warrant = filed();
  warrant.clear_order_sha256();
  v1::BlindEntry entry = right_entry();
  entry.clear_order_sha256();
  EXPECT_THAT(fields_of(warrant, entry), ElementsAre("order_sha256"));
}

TEST(BlindEntry, NamesAreComparedInTheirOneForm) {
  v1::Warrant warrant = filed();
  warrant.clear_targets();
  warrant.add_targets()->set_selector("radius-csid:0053001234ab");
  warrant.add_targets()->set_selector("radius-user:alice@example.org");
  v1::BlindEntry entry = right_entry();
  entry.clear_targets();
  entry.add_targets()->set_selector("radius-user:alice@Example.Org");
  entry.add_targets()->set_selector("radius-csid:00-53-00-12-34-AB");
  EXPECT_THAT(fields_of(warrant, entry), IsEmpty());
  entry.mutable_targets(0)->set_selector("radius-user:Alice@example.org");
  EXPECT_THAT(fields_of(warrant, entry), ElementsAre("targets"));
}

}  // namespace
}  // namespace lictor::control
