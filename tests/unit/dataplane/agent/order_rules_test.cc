// What an order may say, and what keeps within it.
#include "dataplane/agent/order_rules.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/orders.h"

namespace lictor {
namespace {

using testing::HasSubstr;

Result<OrderLimits> read(const v1::Order& order) { return read_order(as_bytes(order.SerializeAsString())); }

std::string why_not_read(const v1::Order& order) { return std::string(read(order).status().message()); }

// What is wrong with a tap under an order; empty: nothing.
std::string why(const v1::Tap& tap, const v1::Order& order) {
  const Result<OrderLimits> limits = read(order);
  EXPECT_TRUE(limits.ok()) << limits.status();
  return std::string(keeps_within(tap_of(tap), limits->tap).message());
}

TEST(OrderRules, AnOrderIsReadAsItsTap) {
  v1::Order order = order_message(1, 4);
  order.mutable_handover_sha256()->append(32, 'x');
  const Result<OrderLimits> limits = read(order);
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->fleet_id, "fleet-1");
  EXPECT_EQ(limits->warrant_id, "warrant-1");
  EXPECT_EQ(limits->version, 4U);
  EXPECT_EQ(limits->handovers.size(), 2U);
  EXPECT_EQ(limits->tap.stop.unix_ns, kEnd);
}

TEST(OrderRules, WhatATapCouldNotSayIsNoOrder) {
  v1::Order order = order_message(1);
  order.clear_fleet_id();
  EXPECT_THAT(why_not_read(order), HasSubstr("order.fleet_id"));
  order = order_message(1);
  order.set_warrant_id(std::string(65, 'w'));
  EXPECT_THAT(why_not_read(order), HasSubstr("order.warrant_id"));
  order = order_message(1, 0);
  EXPECT_THAT(why_not_read(order), HasSubstr("order.version"));
  order = order_message(1);
  order.mutable_handover_sha256()->push_back('x');
  EXPECT_THAT(why_not_read(order), HasSubstr("order.handover_sha256"));
  order = order_message(1);
  order.clear_targets();
  EXPECT_THAT(why_not_read(order), HasSubstr("tap.targets"));
  order = order_message(1);
  order.mutable_window()->set_end_unix_ns(1);
  EXPECT_THAT(why_not_read(order), HasSubstr("tap.window"));
  order = order_message(1);
  order.clear_content();
  EXPECT_THAT(why_not_read(order), HasSubstr("tap.content"));
  EXPECT_FALSE(read_order(as_bytes(order_message(1).SerializeAsString() + "\xa2\x06\x01x")).ok()) << "an unknown field";
}

TEST(OrderRules, NoPrefixOfAnOrderOrdersMore) {
  const std::string octets = order_message(1).SerializeAsString();
  const TapDirective whole = read_order(as_bytes(octets))->tap;
  for (size_t length = 0; length < octets.size(); ++length) {
    const Result<OrderLimits> cut = read_order(as_bytes(octets).first(length));
    EXPECT_TRUE(!cut.ok() || keeps_within(cut->tap, whole).ok()) << length;
  }
}

TEST(OrderRules, TheSameAndTheNarrowerKeepWithin) {
  v1::Order order = order_message(1);
  set_prefix(*order.mutable_targets(0)->mutable_prefix(), std::string("\xc0\x00\x02\x00", 4), 24);
  EXPECT_EQ(why(tap_message(1), order), "");
  EXPECT_EQ(why(flow_tap_message(1), order), "");
  v1::Tap tap = tap_message(1);
  tap.set_content(v1::CONTENT_IRI);
  tap.mutable_window()->set_end_unix_ns(kEnd - 1);
  tap.add_patterns()->set_literal("narrower");
  set_prefix(*tap.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 24);
  EXPECT_EQ(why(tap, order), "");
}

TEST(OrderRules, WithoutAStartAnOrderBeginsWheneverItIsActivated) {
  v1::Order order = order_message(1);
  order.mutable_window()->clear_start_unix_ns();
  EXPECT_EQ(why(tap_message(1), order), "");
}

TEST(OrderRules, WhatGoesFurtherIsNamed) {
  const v1::Order order = order_message(1);
  v1::Tap tap = tap_message(1);
  set_prefix(*tap.add_targets()->mutable_prefix(), std::string("\xc0\x00\x02\x08", 4), 32);
  EXPECT_THAT(why(tap, order), HasSubstr("tap.targets"));
  tap = tap_message(1);
  set_prefix(*tap.mutable_targets(0)->mutable_prefix(), std::string("\xc0\x00\x02\x06", 4), 31);
  EXPECT_THAT(why(tap, order), HasSubstr("tap.targets"));
  tap = tap_message(1);
  tap.mutable_window()->set_start_unix_ns(kStart - 1);
  EXPECT_THAT(why(tap, order), HasSubstr("start"));
  tap = tap_message(1);
  tap.mutable_window()->set_end_unix_ns(kEnd + 1);
  tap.set_lease_unix_ns(kEnd + 1);
  EXPECT_THAT(why(tap, order), HasSubstr("end"));
  v1::Order signalling = order;
  signalling.set_content(v1::CONTENT_IRI);
  EXPECT_THAT(why(tap_message(1), signalling), HasSubstr("content"));
}

TEST(OrderRules, FramesAreCopiedWhereTheOrderSaysSoAndNowhereElse) {
  const v1::Tap frames = frames_tap_message(1);
  v1::Order order = order_message(1);
  *order.mutable_targets() = frames.targets();
  EXPECT_THAT(why(frames, order), HasSubstr("link_layer"));
  order.set_link_layer(v1::LINK_LAYER_L2CC);
  EXPECT_EQ(why(frames, order), "");
  v1::Tap packets = frames;
  packets.clear_link_layer();
  EXPECT_THAT(why(packets, order), HasSubstr("link_layer"));
}

TEST(OrderRules, PatternsAndExclusionsOfTheOrderStay) {
  v1::Order order = order_message(1);
  order.add_patterns()->set_literal("needle");
  set_prefix(*order.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 24);
  v1::Tap tap = tap_message(1);
  EXPECT_THAT(why(tap, order), HasSubstr("patterns"));
  tap.add_patterns()->set_literal("needle");
  EXPECT_THAT(why(tap, order), HasSubstr("exclusions"));
  set_prefix(*tap.add_exclusions(), std::string("\xc6\x33\x64\x00", 4), 25);
  EXPECT_THAT(why(tap, order), HasSubstr("exclusions")) << "half of it is not it";
  set_prefix(*tap.add_exclusions(), std::string("\xc6\x33\x00\x00", 4), 16);
  EXPECT_EQ(why(tap, order), "");
  tap.add_patterns()->set_literal("hay");
  EXPECT_THAT(why(tap, order), HasSubstr("patterns"));
}

TEST(OrderRules, AScopeMayOnlyGetNarrower) {
  v1::Order order = order_message(1);
  order.mutable_targets(0)->mutable_scope()->set_tap_group("core");
  EXPECT_THAT(why(tap_message(1), order), HasSubstr("tap.targets"));
  v1::Tap tap = tap_message(1);
  tap.mutable_targets(0)->mutable_scope()->set_tap_group("core");
  tap.mutable_targets(0)->mutable_scope()->add_vlans(7);
  EXPECT_EQ(why(tap, order), "");
}

TEST(OrderRules, NamesAndCardsKeepWithinTheSameOnes) {
  v1::Order order = order_message(1);
  v1::TapTarget& name = *order.add_targets();
  name.mutable_identity()->set_kind(v1::IDENTITY_KIND_RADIUS_USER);
  name.mutable_identity()->set_value("alice@example.org");
  order.add_targets()->set_mac(std::string("\x00\x53\x00\x00\x00\x01", 6));
  v1::Tap tap = tap_message(1);
  *tap.mutable_targets() = order.targets();
  EXPECT_EQ(why(tap, order), "");
  tap.mutable_targets(1)->mutable_scope()->set_port("east");
  EXPECT_EQ(why(tap, order), "") << "narrower";
  tap.mutable_targets(1)->mutable_identity()->set_value("bob@example.org");
  EXPECT_THAT(why(tap, order), HasSubstr("tap.targets"));
  *tap.mutable_targets() = order.targets();
  tap.mutable_targets(2)->set_mac(std::string("\x00\x53\x00\x00\x00\x02", 6));
  EXPECT_THAT(why(tap, order), HasSubstr("tap.targets"));
  tap.mutable_targets(2)->mutable_prefix();
  *tap.mutable_targets(2)->mutable_prefix() = order.targets(0).prefix();
  order.mutable_targets()->DeleteSubrange(0, 1);
  EXPECT_THAT(why(tap, order), HasSubstr("tap.targets")) << "an address is no card";
}

TEST(OrderRules, NumbersKeepWithinARange) {
  v1::Order order = order_message(1);
  v1::Identity& ordered = *order.add_targets()->mutable_identity();
  ordered.set_kind(v1::IDENTITY_KIND_TEL_URI);
  ordered.set_value("+4312345*");
  v1::Tap tap = tap_message(1);
  *tap.mutable_targets() = order.targets();
  const auto answer = [&](const char* number) {
    tap.mutable_targets(1)->mutable_identity()->set_value(number);
    return why(tap, order);
  };
  for (const char* const inside : {"+4312345*", "+43123456*", "+43123456", "+4312345"}) EXPECT_EQ(answer(inside), "");
  for (const char* const outside : {"+431234*", "+43123460", "+43123460*"})
    EXPECT_THAT(answer(outside), HasSubstr("tap.targets"));
  ordered.set_value("+43123456");
  EXPECT_THAT(answer("+43123456*"), HasSubstr("tap.targets"));
}

}  // namespace
}  // namespace lictor
