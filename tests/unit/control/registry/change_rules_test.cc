// What extends a warrant, and what reduces it.
#include "control/registry/change_rules.h"

#include <gmock/gmock.h>

#include <functional>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Change = std::function<void(v1::Warrant&)>;

v1::Warrant make_before() {
  v1::Warrant warrant = make_warrant();
  warrant.add_targets()->set_selector("ipv4:198.51.100.0/24");
  warrant.add_exclusions("203.0.113.1");
  v1::Delivery& delivery = *warrant.add_deliveries();
  delivery.set_hi2_destination_id("hi2");
  delivery.set_hi3_destination_id("hi3");
  return warrant;
}

WarrantChange change(
    const Change& to, const Change& from = [](v1::Warrant&) {}) {
  v1::Warrant before = make_before();
  from(before);
  v1::Warrant after = before;
  to(after);
  return change_of(before, after);
}

void expect_extends(const Change& to, const char* field) {
  const WarrantChange found = change(to);
  EXPECT_THAT(found.extends, ElementsAre(field));
  EXPECT_THAT(found.reduces, IsEmpty());
}

void expect_reduces(const Change& to, const char* field) {
  const WarrantChange found = change(to);
  EXPECT_THAT(found.extends, IsEmpty());
  EXPECT_THAT(found.reduces, ElementsAre(field));
}

TEST(ChangeRules, NothingChangesNothing) {
  const WarrantChange same = change([](v1::Warrant& w) {
    w.set_revision(7);
    w.set_version(3);
    w.add_xids("x");
  });
  EXPECT_THAT(same.extends, IsEmpty());
  EXPECT_THAT(same.reduces, IsEmpty());
}

TEST(ChangeRules, Targets) {
  expect_extends([](v1::Warrant& w) { w.add_targets()->set_selector("ipv4:192.0.2.8"); }, "targets");
  expect_reduces([](v1::Warrant& w) { w.mutable_targets()->RemoveLast(); }, "targets");
  expect_reduces([](v1::Warrant& w) { w.mutable_targets(1)->set_selector("ipv4:198.51.100.9"); }, "targets");
  expect_reduces([](v1::Warrant& w) { w.mutable_targets(1)->set_selector("flow:tcp,198.51.100.9,any"); }, "targets");
  expect_extends([](v1::Warrant& w) { w.mutable_targets(0)->set_selector("ipv4:192.0.2.0/28"); }, "targets");
  const WarrantChange other = change([](v1::Warrant& w) { w.mutable_targets(0)->set_selector("ipv4:192.0.2.8"); });
  EXPECT_THAT(other.extends, ElementsAre("targets"));
  EXPECT_THAT(other.reduces, ElementsAre("targets"));
}

TEST(ChangeRules, ANumberOfARangeReducesIt) {
  const auto from_to = [](const char* one, const char* other) {
    v1::Warrant before = make_warrant();
    before.mutable_targets(0)->set_selector(one);
    v1::Warrant after = before;
    after.mutable_targets(0)->set_selector(other);
    return change_of(before, after);
  };
  EXPECT_THAT(from_to("tel-uri:+4312345*", "tel-uri:+43123456").extends, IsEmpty());
  EXPECT_THAT(from_to("tel-uri:+4312345*", "tel-uri:+43123456").reduces, ElementsAre("targets"));
  EXPECT_THAT(from_to("tel-uri:+4312345*", "tel-uri:+43123456*").extends, IsEmpty());
  EXPECT_THAT(from_to("tel-uri:+43123456", "tel-uri:+4312345*").extends, ElementsAre("targets"));
  EXPECT_THAT(from_to("tel-uri:+4312345*", "tel-uri:+43123460").extends, ElementsAre("targets"));
}

TEST(ChangeRules, TheSameTargetElsewhereIsAnotherOne) {
  const WarrantChange moved = change([](v1::Warrant& w) { w.mutable_targets(0)->mutable_scope()->set_port("tap0"); });
  EXPECT_THAT(moved.extends, ElementsAre("targets"));
  EXPECT_THAT(moved.reduces, ElementsAre("targets"));
}

TEST(ChangeRules, TheFirstPatternNarrowsAndEachMoreWidens) {
  const Change one = [](v1::Warrant& w) { w.add_targets()->set_selector("pattern:text:a"); };
  const Change two = [](v1::Warrant& w) { w.add_targets()->set_selector("pattern:text:b"); };
  const Change none = [](v1::Warrant& w) { w.mutable_targets()->RemoveLast(); };
  expect_reduces(one, "targets");
  EXPECT_THAT(change(two, one).extends, ElementsAre("targets"));
  EXPECT_THAT(change(two, one).reduces, IsEmpty());
  EXPECT_THAT(change(none, one).extends, ElementsAre("targets"));
  EXPECT_THAT(change(none, one).reduces, IsEmpty());
}

TEST(ChangeRules, TheWindow) {
  expect_extends([](v1::Warrant& w) { w.set_end("2026-11-22T08:00:01Z"); }, "end");
  expect_reduces([](v1::Warrant& w) { w.set_end("2026-11-22T07:59:59Z"); }, "end");
  expect_extends([](v1::Warrant& w) { w.set_start("2026-11-21T08:59:59Z"); }, "start");
  expect_reduces([](v1::Warrant& w) { w.set_start("2026-11-21T09:00:01Z"); }, "start");
}

TEST(ChangeRules, Content) {
  expect_reduces([](v1::Warrant& w) { w.set_content(v1::CONTENT_IRI); }, "content");
  const Change iri = [](v1::Warrant& w) { w.set_content(v1::CONTENT_IRI); };
  EXPECT_THAT(change([](v1::Warrant& w) { w.set_content(v1::CONTENT_IRI_AND_CC); }, iri).extends,
              ElementsAre("content"));
  const WarrantChange swapped = change([](v1::Warrant& w) { w.set_content(v1::CONTENT_CC); }, iri);
  EXPECT_THAT(swapped.extends, ElementsAre("content"));
  EXPECT_THAT(swapped.reduces, ElementsAre("content"));
}

TEST(ChangeRules, Location) {
  expect_extends([](v1::Warrant& w) { w.set_location(true); }, "location");
  EXPECT_THAT(
      change([](v1::Warrant& w) { w.set_location(false); }, [](v1::Warrant& w) { w.set_location(true); }).reduces,
      ElementsAre("location"));
}

TEST(ChangeRules, RedirectedCalls) {
  const Change ordered = [](v1::Warrant& w) { w.set_redirected_calls(true); };
  expect_extends(ordered, "redirected_calls");
  EXPECT_THAT(change([](v1::Warrant& w) { w.set_redirected_calls(false); }, ordered).reduces,
              ElementsAre("redirected_calls"));
}

TEST(ChangeRules, ExclusionsAndDeliveries) {
  expect_reduces([](v1::Warrant& w) { w.add_exclusions("203.0.113.2"); }, "exclusions");
  expect_extends([](v1::Warrant& w) { w.clear_exclusions(); }, "exclusions");
  expect_extends([](v1::Warrant& w) { w.add_deliveries()->set_hi2_destination_id("hi2"); }, "deliveries");
  expect_extends([](v1::Warrant& w) { w.mutable_deliveries(0)->set_hi3_destination_id("other"); }, "deliveries");
  expect_reduces([](v1::Warrant& w) { w.clear_deliveries(); }, "deliveries");
}

TEST(ChangeRules, WhatIsNotKnownToReduceExtends) {
  expect_extends([](v1::Warrant& w) { w.set_legal_reference("2 A 3/26"); }, "legal_reference");
  expect_extends([](v1::Warrant& w) { w.set_user_label("somebody"); }, "user_label");
  expect_extends([](v1::Warrant& w) { w.set_order_sha256(std::string(32, 'x')); }, "order_sha256");
  expect_extends([](v1::Warrant& w) { w.set_desk("other"); }, "desk");
}

}  // namespace
}  // namespace lictor::control
