// Nothing is taken that no approver has signed.
#include "dataplane/agent/order_check.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/orders.h"

namespace lictor {
namespace {

using testing::HasSubstr;

constexpr LegalTime kNow{kStart + 1};

class OrderCheckTest : public testing::Test {
 protected:
  std::string why(const v1::Tap& tap, const std::string& fleet_id = "fleet-1", LegalTime now = kNow) {
    TapDirective directive = tap_of(tap);
    return std::string(check_->check(directive, fleet_id, now).message());
  }
  std::string why(const v1::Mediation& mediation, LegalTime now = kNow) {
    MediationDirective directive = mediation_of(mediation);
    return std::string(check_->check(directive, "fleet-1", now).message());
  }

  OrderSite site_;
  std::unique_ptr<OrderCheck> check_ = site_.check();
};

TEST_F(OrderCheckTest, WhatAnApproverSignedIsTaken) {
  EXPECT_EQ(why(site_.tap(1, order_message(1))), "");
  EXPECT_EQ(why(site_.mediation(1, order_message(1))), "");
}

TEST_F(OrderCheckTest, WithoutAnOrderNothingIsTakenWhereItIsRequired) {
  EXPECT_THAT(why(tap_message(1)), HasSubstr("required"));
  EXPECT_THAT(why(mediation_message(1)), HasSubstr("required"));
  check_ = site_.check(false);
  EXPECT_EQ(why(tap_message(1)), "");
  v1::Tap tap = site_.tap(1, order_message(1));
  tap.mutable_order()->set_signature("no signature");
  EXPECT_THAT(why(tap), HasSubstr("order.signature")) << "one that is there is looked at";
}

TEST_F(OrderCheckTest, AnAlteredOrderIsRefusedAtEveryOctet) {
  const v1::SignedOrder good = site_.tap(1, order_message(1)).order();
  for (size_t at = 0; at < good.order().size(); ++at) {
    v1::Tap tap = tap_message(1);
    *tap.mutable_order() = good;
    std::string& octets = *tap.mutable_order()->mutable_order();
    octets[at] = static_cast<char>(octets[at] ^ 1);
    EXPECT_THAT(why(tap), HasSubstr("order.signature")) << at;
  }
}

TEST_F(OrderCheckTest, NobodyElsesSignatureCounts) {
  const Holder operator_only =
      make_holder(make_p256(), "operator", &site_.authority, {.names = "URI:urn:lictor:role:operator"});
  v1::Tap tap = tap_message(1);
  *tap.mutable_order() = OrderSite::sign(order_message(1), operator_only);
  EXPECT_THAT(why(tap), HasSubstr("name an approver"));
  const Holder other = make_authority();
  *tap.mutable_order() = OrderSite::sign(order_message(1), make_holder(make_p256(), "approver", &other));
  EXPECT_THAT(why(tap), HasSubstr("order.certificate"));
  // The certificate of one, the signature of another.
  *tap.mutable_order() = OrderSite::sign(order_message(1), operator_only);
  tap.mutable_order()->set_certificate(site_.approver.der());
  EXPECT_THAT(why(tap), HasSubstr("order.signature"));
}

TEST_F(OrderCheckTest, ATapThatGoesFurtherIsRefused) {
  v1::Tap tap = site_.tap(1, order_message(1));
  tap.mutable_window()->set_end_unix_ns(kEnd + 1);
  tap.set_lease_unix_ns(kEnd + 1);
  EXPECT_THAT(why(tap), HasSubstr("further than the order"));
}

TEST_F(OrderCheckTest, AMediationThatTellsOrFollowsMoreThanWasOrderedIsRefused) {
  v1::Order order = order_message(1);
  v1::Mediation located = site_.mediation(1, order);
  located.set_location(true);
  EXPECT_THAT(why(located), HasSubstr("mediation.location: goes further than the order"));
  v1::Mediation follows = site_.mediation(1, order);
  follows.set_redirected_calls(true);
  EXPECT_THAT(why(follows), HasSubstr("mediation.redirected_calls: goes further than the order"));
  order.set_location(true);
  order.set_redirected_calls(true);
  v1::Mediation both = site_.mediation(1, order);
  both.set_location(true);
  both.set_redirected_calls(true);
  EXPECT_EQ(why(both), "");
  EXPECT_EQ(why(site_.mediation(1, order)), "") << "it may do less";
}

TEST_F(OrderCheckTest, RecordsNameAndProtectAsTheOrderHasIt) {
  v1::Mediation other = site_.mediation(1, order_message(1));
  other.set_user_label("somebody else");
  EXPECT_THAT(why(other), HasSubstr("not those of the order"));
  other = site_.mediation(1, order_message(1));
  other.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_NONE);
  EXPECT_THAT(why(other), HasSubstr("not those of the order"));
}

TEST_F(OrderCheckTest, AnOrderThatWasSignedWithTheFirstDigestIsHeldToThatOne) {
  v1::Order order = order_message(1);
  const Sha256 first = handover_digest(mediation_message(1), HandoverVersion::kFirst);
  order.set_handover_sha256(std::string(first.begin(), first.end()));
  EXPECT_EQ(why(site_.mediation(1, order)), "");
  v1::Mediation other = site_.mediation(1, order);
  other.set_user_label("somebody else");
  EXPECT_EQ(why(other), "") << "it says nothing of that";
  other.set_liid("LIID-OTHER");
  EXPECT_THAT(why(other), HasSubstr("not those of the order"));
}

TEST_F(OrderCheckTest, AnotherFleetsOrderIsRefused) {
  EXPECT_THAT(why(site_.tap(1, order_message(1)), "fleet-2"), HasSubstr("order.fleet_id"));
}

TEST_F(OrderCheckTest, AnOlderVersionThanWasSeenIsRefusedForEachWarrantApart) {
  EXPECT_EQ(why(site_.tap(1, order_message(1, 5))), "");
  EXPECT_THAT(why(site_.tap(1, order_message(1, 4))), HasSubstr("order.version"));
  EXPECT_THAT(why(site_.mediation(1, order_message(1, 4))), HasSubstr("order.version"));
  EXPECT_EQ(why(site_.mediation(1, order_message(1, 5))), "");
  EXPECT_EQ(why(site_.tap(2, order_message(2, 4))), "");
  EXPECT_EQ(why(site_.tap(1, order_message(1, 6))), "");
  EXPECT_THAT(why(site_.tap(1, order_message(1, 5))), HasSubstr("order.version"));
}

TEST_F(OrderCheckTest, AnOlderVersionIsRefusedBehindARestartWhereVersionsAreKept) {
  const std::string file = site_.folder.path("versions");
  check_ = site_.check(true, file);
  EXPECT_EQ(why(site_.tap(1, order_message(1, 5))), "");
  check_ = site_.check(true, file);
  EXPECT_THAT(why(site_.tap(1, order_message(1, 4))), HasSubstr("order.version"));
  EXPECT_EQ(why(site_.tap(1, order_message(1, 5))), "");
  check_ = site_.check();
  EXPECT_EQ(why(site_.tap(1, order_message(1, 4))), "") << "nothing is kept";
}

TEST_F(OrderCheckTest, WhatWasRefusedCountsForNoVersion) {
  v1::Tap tap = site_.tap(1, order_message(1, 9));
  set_prefix(*tap.add_targets()->mutable_prefix(), std::string("\xc0\x00\x02\x08", 4), 32);
  EXPECT_NE(why(tap), "");
  EXPECT_EQ(why(site_.tap(1, order_message(1, 1))), "");
}

TEST_F(OrderCheckTest, AMediationGoesWhereTheOrderSays) {
  v1::Mediation mediation = site_.mediation(1, order_message(1));
  mediation.mutable_hi3()->mutable_endpoints(0)->set_port(10);
  EXPECT_THAT(why(mediation), HasSubstr("destinations or names are not those"));
  mediation = site_.mediation(1, order_message(1));
  mediation.set_liid("ANOTHER");
  EXPECT_THAT(why(mediation), HasSubstr("destinations or names are not those"));
}

TEST_F(OrderCheckTest, AnApproversCertificateMustBeValidButForWhatDrains) {
  const LegalTime late{kStart + 40LL * 365 * 86'400 * kNanosecondsPerSecond};
  EXPECT_THAT(why(site_.tap(1, order_message(1)), "fleet-1", late), HasSubstr("not valid any more"));
  v1::Mediation mediation = site_.mediation(1, order_message(1));
  EXPECT_THAT(why(mediation, late), HasSubstr("not valid any more"));
  mediation.set_draining(true);
  EXPECT_EQ(why(mediation, late), "");
  mediation.mutable_hi3()->mutable_endpoints(0)->set_port(10);
  EXPECT_NE(why(mediation, late), "") << "what is left goes nowhere else";
}

TEST_F(OrderCheckTest, EveryPrefixOfWhatASignatureIsMadeOfIsRefused) {
  const v1::SignedOrder good = site_.tap(1, order_message(1)).order();
  for (size_t length = 0; length < good.signature().size(); ++length) {
    v1::Tap tap = tap_message(1);
    *tap.mutable_order() = good;
    tap.mutable_order()->mutable_signature()->resize(length);
    EXPECT_NE(why(tap), "") << length;
  }
}

}  // namespace
}  // namespace lictor
