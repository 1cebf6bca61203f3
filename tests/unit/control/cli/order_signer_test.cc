// An approver signs what he has entered himself, and nothing else.
#include "control/cli/order_signer.h"

#include <gmock/gmock.h>

#include <functional>

#include "control/fleet/order.h"
#include "tests/unit/control/support/fixtures.h"
#include "tests/unit/dataplane/trust/site.h"

namespace lictor::control::cli {
namespace {

using testing::HasSubstr;

// What lictord shows and offers: 192.0.2.7 anywhere, 198.51.100.0/24 in one tap group, a pattern, and what is excluded.
OrderOffer offer(v1::Warrant warrant, const v1::Agency& agency, uint64_t version = 1) {
  return {.octets = make_order(warrant, agency, "fleet", version), .warrant = std::move(warrant), .agency = agency};
}

v1::Warrant waiting() {
  v1::Warrant warrant = make_warrant();
  warrant.set_id("01234567-89ab-4def-8123-456789abcdef");
  warrant.set_order_sha256(std::string(32, 'x'));
  warrant.add_targets()->set_selector("ipv4:198.51.100.0/24");
  warrant.mutable_targets(1)->mutable_scope()->set_tap_group("core");
  warrant.add_targets()->set_selector("pattern:text:needle");
  warrant.add_exclusions("203.0.113.0/24");
  warrant.add_deliveries()->set_hi2_destination_id("hi2");
  warrant.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  return warrant;
}

// What the approver has read in the document, in his own spelling.
v1::BlindEntry entered() {
  v1::BlindEntry entry;
  for (const char* selector : {"pattern:text:needle", "ipv4:198.51.100.0/24", "ipv4:192.0.2.7/32"})
    entry.add_targets()->set_selector(selector);
  entry.mutable_targets(1)->mutable_scope()->set_tap_group("core");
  entry.set_liid("LIID-1");
  entry.set_end("2026-11-22T09:00:00+01:00");
  entry.set_content(v1::CONTENT_IRI_AND_CC);
  entry.add_exclusions("203.0.113.0/24");
  entry.set_order_sha256(std::string(32, 'x'));
  return entry;
}

std::string why(const OrderOffer& given, const v1::BlindEntry& entry = entered()) {
  return std::string(agrees(given, waiting().id(), entry).message());
}

std::string shown(const OrderOffer& given) {
  std::string text;
  for (const auto& [name, value] : unentered(given)) text += name + "=" + value + "\n";
  return text;
}

TEST(OrderOffer, AnySpellingThatMeansTheSameAgrees) { EXPECT_EQ(why(offer(waiting(), make_agency())), ""); }

TEST(OrderOffer, WhatWasNotEnteredIsNamedWithoutAValue) {
  const auto changed = [](const std::function<void(v1::Warrant&)>& change) {
    v1::Warrant warrant = waiting();
    change(warrant);
    return why(offer(warrant, make_agency()));
  };
  EXPECT_THAT(changed([](auto& w) { w.mutable_targets(0)->set_selector("ipv4:192.0.2.9"); }),
              AllOf(HasSubstr("order.targets"), testing::Not(HasSubstr("192.0.2"))));
  EXPECT_THAT(changed([](auto& w) { w.mutable_targets(1)->clear_scope(); }), HasSubstr("order.targets"));
  EXPECT_THAT(changed([](auto& w) { w.add_targets()->set_selector("ipv4:192.0.2.8"); }), HasSubstr("order.targets"));
  EXPECT_THAT(changed([](auto& w) { w.mutable_targets()->RemoveLast(); }), HasSubstr("order.targets"));
  EXPECT_THAT(changed([](auto& w) { w.set_end("2026-11-22T08:00:01Z"); }), HasSubstr("order.end"));
  EXPECT_THAT(changed([](auto& w) { w.set_liid("LIID-2"); }), HasSubstr("order.liid"));
  EXPECT_THAT(changed([](auto& w) { w.clear_exclusions(); }), HasSubstr("order.exclusions"));
  EXPECT_THAT(changed([](auto& w) { w.set_content(v1::CONTENT_IRI); }), HasSubstr("order.content"));
  EXPECT_THAT(changed([](auto& w) { w.set_id("11234567-89ab-4def-8123-456789abcdef"); }),
              HasSubstr("order.warrant_id"));
  EXPECT_THAT(changed([](auto& w) { w.mutable_deliveries(0)->set_hi3_destination_id("elsewhere"); }),
              HasSubstr("order.deliveries"));
}

TEST(OrderOffer, OctetsThatSayAnythingElseThanWhatIsShownAreNotSigned) {
  const OrderOffer good = offer(waiting(), make_agency());
  const google::protobuf::Descriptor* const descriptor = v1::Order::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* const field = descriptor->field(i);
    if (field->name() == "fleet_id") continue;  // is shown, and follows from nothing else
    v1::Order order;
    ASSERT_TRUE(order.ParseFromString(good.octets));
    order.GetReflection()->ClearField(&order, field);
    OrderOffer other = good;
    other.octets = order.SerializeAsString();
    if (other.octets == good.octets) continue;  // of what it does not order
    EXPECT_THAT(why(other), HasSubstr("order." + field->name()));
  }
  v1::Order order;
  ASSERT_TRUE(order.ParseFromString(good.octets));
  order.mutable_handover_sha256()->append(32, 'x');
  EXPECT_THAT(why({order.SerializeAsString(), good.warrant, good.agency}), HasSubstr("order.handover_sha256"));
  ASSERT_TRUE(order.ParseFromString(good.octets));
  order.set_content(v1::CONTENT_IRI);
  EXPECT_THAT(why({order.SerializeAsString(), good.warrant, good.agency}), HasSubstr("order.content"));
  order.set_location(true);
  EXPECT_THAT(why({order.SerializeAsString(), good.warrant, good.agency}), HasSubstr("location"));
  order.clear_location();
  order.set_redirected_calls(true);
  EXPECT_THAT(why({order.SerializeAsString(), good.warrant, good.agency}), HasSubstr("redirected_calls"));
}

TEST(OrderOffer, AVersionThatWouldMakeEveryLaterOrderAnOldOneIsNotSigned) {
  EXPECT_THAT(why(offer(waiting(), make_agency(), UINT64_MAX)), HasSubstr("order.version"));
  EXPECT_THAT(why(offer(waiting(), make_agency(), 0)), HasSubstr("order.version"));
}

TEST(OrderOffer, WhatNobodyEntersIsShownAndIsInTheDigest) {
  const OrderOffer good = offer(waiting(), make_agency());
  EXPECT_THAT(shown(good), AllOf(HasSubstr("192.0.2.200:7002"), HasSubstr("192.0.2.200:7003"), HasSubstr("tls"),
                                 HasSubstr("user@example.org")));
  const std::function<void(v1::Agency&)> changes[] = {
      [](auto& a) { a.mutable_destinations(0)->mutable_endpoints(0)->set_host("192.0.2.66"); },
      [](auto& a) { a.mutable_destinations(1)->mutable_endpoints(0)->set_port(66); },
      [](auto& a) { a.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_LAB); },
      [](auto& a) { a.mutable_profile()->mutable_tls()->add_pins("cert:00"); },
      [](auto& a) { a.mutable_profile()->mutable_tls()->set_credential("other"); },
      [](auto& a) { a.mutable_profile()->mutable_tls()->set_server_name_off(true); },
      [](auto& a) { a.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_NONE); },
      [](auto& a) { a.mutable_profile()->mutable_integrity()->set_on(true); },
      [](auto& a) { a.mutable_profile()->set_hi1_target_information(true); },
      [](auto& a) { a.mutable_profile()->set_raw_aaa(true); },
  };
  for (const auto& change : changes) {
    v1::Agency agency = make_agency();
    change(agency);
    const OrderOffer other = offer(waiting(), agency);
    EXPECT_EQ(why(other), "") << "who only enters cannot know";
    EXPECT_NE(shown(other), shown(good)) << agency.ShortDebugString();
    EXPECT_NE(seen_digest(other.octets), seen_digest(good.octets)) << agency.ShortDebugString();
  }
  v1::Warrant later = waiting();
  later.set_start("2026-11-21T10:00:00Z");
  later.set_user_label("somebody\x1b[2J");
  EXPECT_THAT(shown(offer(later, make_agency())),
              AllOf(HasSubstr("2026-11-21T10:00:00Z"), HasSubstr("somebody?[2J"), testing::Not(HasSubstr("\x1b"))));
}

TEST(OrderOffer, WhatCannotBeReadIsNotSigned) {
  const OrderOffer good = offer(waiting(), make_agency());
  OrderOffer other = good;
  other.octets += "\xa2\x06\x01x";
  EXPECT_THAT(why(other), HasSubstr("say more"));
  for (size_t length = 0; length < good.octets.size(); ++length) {
    other.octets = good.octets.substr(0, length);
    EXPECT_NE(why(other), "") << length;
  }
  other = good;
  other.warrant.set_liid("0x4");
  EXPECT_NE(why(other), "");
  other = good;
  other.warrant.set_start("tomorrow");
  EXPECT_NE(why(other), "");
  other = good;
  other.warrant.mutable_targets(0)->set_selector("nobody");
  EXPECT_NE(why(other), "");
}

TEST(OrderSigner, SignsByTheApproversKeyAndNobodyElses) {
  const ScratchFolder folder;
  const Holder authority = make_authority();
  const auto files_of = [&](const Holder& holder) {
    const OwnedBio out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), holder.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return std::pair(folder.write("key", text_of(out.get())), folder.write("certificate", holder.pem()));
  };
  const Holder approver = make_holder(make_p384(), "approver", &authority);
  const auto [key, certificate] = files_of(approver);
  const Result<std::unique_ptr<OrderSigner>> signer = OrderSigner::load(key, certificate);
  ASSERT_TRUE(signer.ok()) << signer.status();
  const OrderOffer good = offer(waiting(), make_agency());
  const std::string seen = seen_digest(good.octets);
  const Result<v1::SignedOrder> made = (*signer)->sign(good, waiting().id(), entered(), seen);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->certificate(), approver.der());
  EXPECT_TRUE(verify_signature(*approver.key, as_bytes(good.octets), as_bytes(made->signature())).ok());
  v1::BlindEntry other = entered();
  other.set_end("2027-12-24T18:00:00Z");
  EXPECT_FALSE((*signer)->sign(good, waiting().id(), other, seen).ok());
  v1::Agency redirected = make_agency();
  redirected.mutable_destinations(0)->mutable_endpoints(0)->set_host("192.0.2.66");
  EXPECT_THAT(
      std::string((*signer)->sign(offer(waiting(), redirected), waiting().id(), entered(), seen).status().message()),
      HasSubstr("not the one that was seen"));

  const Holder clerk = make_holder(make_p256(), "clerk", &authority, {.names = "URI:urn:lictor:role:operator"});
  EXPECT_THAT(std::string(OrderSigner::load(key, folder.write("clerk", clerk.pem())).status().message()),
              HasSubstr("not of that key"));
  const auto [clerk_key, clerk_certificate] = files_of(clerk);
  EXPECT_THAT(std::string(OrderSigner::load(clerk_key, clerk_certificate).status().message()),
              HasSubstr("name an approver"));
}

}  // namespace
}  // namespace lictor::control::cli
