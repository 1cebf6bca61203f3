// What an approver signs: the same octets for the same warrant, others for whatever an attacker would change.
#include "control/fleet/order.h"

#include <set>

#include "control/fleet/directives.h"
#include "control/fleet/handover_digest.h"
#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

v1::Warrant ordered_warrant() {
  v1::Warrant warrant = make_warrant();
  warrant.set_id("01234567-89ab-4def-8123-456789abcdef");
  warrant.add_targets()->set_selector("pattern:text:needle");
  warrant.add_exclusions("198.51.100.0/24");
  for (int i = 0; i < 2; ++i) {
    warrant.add_deliveries()->set_hi2_destination_id("hi2");
    if (i == 0) warrant.mutable_deliveries(i)->set_hi3_destination_id("hi3");
    warrant.add_xids("01234567-89ab-4def-8123-456789abcde0");
  }
  return warrant;
}

v1::Order order_of(const v1::Warrant& warrant) {
  v1::Order order;
  EXPECT_TRUE(order.ParseFromString(make_order(warrant, make_agency(), "fleet", 3)));
  return order;
}

TEST(Order, SaysWhatTheWarrantOrders) {
  const v1::Warrant warrant = ordered_warrant();
  const v1::Order order = order_of(warrant);
  EXPECT_EQ(order.fleet_id(), "fleet");
  EXPECT_EQ(order.warrant_id(), warrant.id());
  EXPECT_EQ(order.version(), 3u);
  ASSERT_EQ(order.targets_size(), 1);
  EXPECT_EQ(order.targets(0).prefix().prefix_length(), 32u);
  ASSERT_EQ(order.patterns_size(), 1);
  EXPECT_EQ(order.patterns(0).literal(), "needle");
  EXPECT_EQ(order.exclusions_size(), 1);
  EXPECT_EQ(order.window().end_unix_ns(), window_of(warrant).end_unix_ns());
  EXPECT_EQ(order.content(), v1::CONTENT_IRI_AND_CC);
}

TEST(Order, SaysWhetherTheTargetsLocationMayBeTold) {
  v1::Warrant warrant = ordered_warrant();
  EXPECT_FALSE(order_of(warrant).location());
  warrant.set_location(true);
  EXPECT_TRUE(order_of(warrant).location());
}

TEST(Order, SaysWhetherCallsThatATargetHasLeftMayBeFollowed) {
  v1::Warrant warrant = ordered_warrant();
  EXPECT_FALSE(order_of(warrant).redirected_calls());
  warrant.set_redirected_calls(true);
  EXPECT_TRUE(order_of(warrant).redirected_calls());
}

TEST(Order, SaysFramesAsItsTapsDo) {
  v1::Warrant warrant = ordered_warrant();
  warrant.clear_targets();
  warrant.add_targets()->set_selector("mac:00-53-00-12-34-56");
  const std::string packets = order_of(warrant).SerializeAsString();
  warrant.set_link_layer(v1::LINK_LAYER_IPCC);
  EXPECT_EQ(order_of(warrant).SerializeAsString(), packets);
  warrant.set_link_layer(v1::LINK_LAYER_L2CC);
  EXPECT_EQ(order_of(warrant).link_layer(), v1::LINK_LAYER_L2CC);
  EXPECT_EQ(order_of(warrant).handover_sha256(), order_of(ordered_warrant()).handover_sha256());
}

TEST(Order, IsMadeTheSameWayEachTime) {
  EXPECT_EQ(make_order(ordered_warrant(), make_agency(), "fleet", 3),
            make_order(ordered_warrant(), make_agency(), "fleet", 3));
}

TEST(Order, EachDeliverysMediationIsFoundInIt) {
  v1::Warrant warrant = ordered_warrant();
  const std::string digests = order_of(warrant).handover_sha256();
  ASSERT_EQ(digests.size(), 2 * kHandoverDigestOctets);
  *warrant.mutable_window() = window_of(warrant);
  for (int i = 0; i < 2; ++i) {
    const v1::Mediation mediation = make_mediation(warrant, i, make_agency(), {.value = 7});
    EXPECT_TRUE(has_handover(digests, mediation)) << i;
    v1::Mediation elsewhere = mediation;
    elsewhere.mutable_hi2()->mutable_endpoints(0)->set_host("192.0.2.201");
    EXPECT_FALSE(has_handover(digests, elsewhere)) << i;
    v1::Mediation other = mediation;
    other.set_liid("LIID-2");
    EXPECT_FALSE(has_handover(digests, other)) << i;
    v1::Mediation renamed = mediation;
    renamed.set_user_label("somebody else");
    EXPECT_FALSE(has_handover(digests, renamed)) << i;
  }
  EXPECT_FALSE(has_handover(digests.substr(1), make_mediation(warrant, 0, make_agency(), {.value = 7})));
}

TEST(Order, WhereRecordsGoIsCoveredToTheLastField) {
  v1::Mediation first;
  first.set_liid("L");
  first.mutable_hi2()->set_id("a/b");
  std::set<std::string> digests = {handover_digest(first)};
  const auto changed = [&](const auto& change) {
    v1::Mediation other = first;
    change(other);
    return digests.insert(handover_digest(other)).second;
  };
  EXPECT_TRUE(changed([](v1::Mediation& m) { m.mutable_hi2()->set_id("a/c"); }));
  EXPECT_TRUE(changed([](v1::Mediation& m) { m.mutable_hi2()->set_directory("d"); }));
  EXPECT_TRUE(changed([](v1::Mediation& m) { m.mutable_hi2()->set_kind(v1::DESTINATION_KIND_PCAPNG); }));
  EXPECT_TRUE(changed([](v1::Mediation& m) { m.mutable_hi2()->set_interface(v1::HANDOVER_INTERFACE_HI3); }));
  EXPECT_TRUE(changed([](v1::Mediation& m) { m.mutable_hi2()->add_endpoints()->set_port(1); }));
  EXPECT_TRUE(changed([](v1::Mediation& m) { *m.mutable_hi3() = m.hi2(); }));
  EXPECT_TRUE(changed([](v1::Mediation& m) {
    *m.mutable_hi3() = m.hi2();
    m.clear_hi2();
  }));
  EXPECT_FALSE(changed([](v1::Mediation& m) { m.mutable_profile()->set_keepalive_idle_s(7); }));
}

}  // namespace
}  // namespace lictor::control
