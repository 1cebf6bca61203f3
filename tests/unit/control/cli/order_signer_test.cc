// An approver signs what he has entered himself, and nothing else.
#include "control/cli/order_signer.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/trust/site.h"

namespace lictor::control::cli {
namespace {

using testing::HasSubstr;

v1::TargetSpec spec(const std::string& selector, const std::string& tap_group = {}) {
  v1::TargetSpec made;
  made.set_selector(selector);
  if (!tap_group.empty()) made.mutable_scope()->set_tap_group(tap_group);
  return made;
}

// 192.0.2.7 anywhere, 198.51.100.0/24 in one tap group, and a pattern, until 2026-12-24T18:00:00Z.
v1::Order order_message() {
  v1::Order order;
  v1::TapTarget& anywhere = *order.add_targets();
  anywhere.mutable_prefix()->set_address(std::string("\xc0\x00\x02\x07", 4));
  anywhere.mutable_prefix()->set_prefix_length(32);
  anywhere.mutable_scope();
  v1::TapTarget& scoped = *order.add_targets();
  scoped.mutable_prefix()->set_address(std::string("\xc6\x33\x64\x00", 4));
  scoped.mutable_prefix()->set_prefix_length(24);
  scoped.mutable_scope()->set_tap_group("core");
  order.add_patterns()->set_literal("needle");
  order.mutable_window()->set_end_unix_ns(1'798'135'200'000'000'000);
  return order;
}

OrderClaim claim() {
  return {.targets = {spec("pattern:text:needle"), spec("ipv4:198.51.100.0/24", "core"), spec("ipv4:192.0.2.7/32")},
          .end = "2026-12-24T19:00:00+01:00"};
}

std::string why(const OrderClaim& entered) {
  return std::string(agrees(order_message().SerializeAsString(), entered).message());
}

TEST(OrderSigner, AnySpellingThatMeansTheSameAgrees) { EXPECT_EQ(why(claim()), ""); }

TEST(OrderSigner, WhatDiffersIsNamedWithoutAValue) {
  OrderClaim other = claim();
  other.targets.pop_back();
  EXPECT_THAT(why(other), HasSubstr("order.targets"));
  other = claim();
  other.targets.push_back(spec("ipv4:192.0.2.8"));
  EXPECT_THAT(why(other), HasSubstr("order.targets"));
  other = claim();
  other.targets[1] = spec("ipv4:198.51.100.0/24");
  EXPECT_THAT(why(other), HasSubstr("order.targets")) << "anywhere is not in one tap group";
  other = claim();
  other.targets[2] = spec("ipv4:192.0.2.9");
  EXPECT_THAT(why(other), HasSubstr("order.targets"));
  EXPECT_THAT(why(other), testing::Not(HasSubstr("192.0.2")));
  other = claim();
  other.end = "2026-12-24T18:00:00+01:00";
  EXPECT_THAT(why(other), HasSubstr("order.window.end"));
}

TEST(OrderSigner, AnOrderThatSaysMoreThanIsUnderstoodIsNotSigned) {
  const std::string octets = order_message().SerializeAsString();
  EXPECT_THAT(std::string(agrees(octets + "\xa2\x06\x01x", claim()).message()), HasSubstr("says more"));
  for (size_t length = 0; length < octets.size(); ++length)
    EXPECT_FALSE(agrees(octets.substr(0, length), claim()).ok()) << length;
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
  const std::string order = order_message().SerializeAsString();
  const Result<v1::SignedOrder> made = (*signer)->sign(order, claim());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->certificate(), approver.der());
  EXPECT_TRUE(verify_signature(*approver.key, as_bytes(order), as_bytes(made->signature())).ok());
  OrderClaim other = claim();
  other.end = "2027-12-24T18:00:00Z";
  EXPECT_FALSE((*signer)->sign(order, other).ok());

  const Holder clerk = make_holder(make_p256(), "clerk", &authority, {.names = "URI:urn:lictor:role:operator"});
  EXPECT_THAT(std::string(OrderSigner::load(key, folder.write("clerk", clerk.pem())).status().message()),
              HasSubstr("not of that key"));
  const auto [clerk_key, clerk_certificate] = files_of(clerk);
  EXPECT_THAT(std::string(OrderSigner::load(clerk_key, clerk_certificate).status().message()),
              HasSubstr("name an approver"));
}

}  // namespace
}  // namespace lictor::control::cli
