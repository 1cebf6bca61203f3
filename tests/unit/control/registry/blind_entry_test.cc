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
  return warrant;
}

v1::BlindEntry right_entry() {
  v1::BlindEntry entry;
  entry.add_targets()->set_selector("ipv6:2001:0db8:0::/64");
  entry.mutable_targets(0)->mutable_scope()->set_port("tap0");
  entry.add_targets()->set_selector("ipv4:192.0.2.7/32");
  entry.set_liid("0x4142");
  entry.set_end("2026-11-22T09:00:00+01:00");
  entry.set_order_sha256(std::string(32, 'x'));
  return entry;
}

TEST(BlindEntry, AnotherSpellingInAnotherOrderMeansTheSame) {
  EXPECT_THAT(disagreeing_fields(filed(), right_entry()), IsEmpty());
}

TEST(BlindEntry, EachFieldIsSaidByItsName) {
  v1::BlindEntry entry = right_entry();
  entry.mutable_targets(1)->set_selector("ipv4:192.0.2.8");
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  entry.mutable_targets(0)->clear_scope();
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  entry.mutable_targets()->RemoveLast();
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  *entry.add_targets() = entry.targets(0);
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("targets"));
  entry = right_entry();
  entry.set_liid("AC");
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("liid"));
  entry = right_entry();
  entry.set_end("2026-11-22T09:00:01+01:00");
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("end"));
  entry = right_entry();
  entry.set_order_sha256(std::string(32, 'y'));
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("order_sha256"));
}

TEST(BlindEntry, WhatCannotBeReadAgreesWithNothing) {
  EXPECT_THAT(disagreeing_fields(filed(), {}), ElementsAre("targets", "liid", "end", "order_sha256"));
  v1::BlindEntry entry = right_entry();
  entry.mutable_targets(0)->set_selector("ipv6:2001:db8::/64, and more");
  entry.set_liid("0x4");
  entry.set_end("tomorrow");
  EXPECT_THAT(disagreeing_fields(filed(), entry), ElementsAre("targets", "liid", "end"));
}

TEST(BlindEntry, WithoutADocumentNothingAgrees) {
  v1::Warrant warrant = filed();
  warrant.clear_order_sha256();
  v1::BlindEntry entry = right_entry();
  entry.clear_order_sha256();
  EXPECT_THAT(disagreeing_fields(warrant, entry), ElementsAre("order_sha256"));
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
  EXPECT_THAT(disagreeing_fields(warrant, entry), IsEmpty());
  entry.mutable_targets(0)->set_selector("radius-user:Alice@example.org");
  EXPECT_THAT(disagreeing_fields(warrant, entry), ElementsAre("targets"));
}

}  // namespace
}  // namespace lictor::control
