// Orders for tests: a site with an authority and an approver, and taps and mediations that carry what he signed.
#pragma once

#include "dataplane/agent/order_check.h"
#include "dataplane/trust/handover_digest.h"
#include "tests/unit/dataplane/agent/directives.h"
#include "tests/unit/dataplane/trust/site.h"

namespace lictor {

// As wide as tap_message() and mediation_message() of `number` want.
inline v1::Order order_message(uint8_t number, uint64_t version = 1, uint16_t port = 9) {
  const v1::Tap tap = tap_message(number);
  v1::Order order;
  order.set_fleet_id("fleet-1");
  order.set_warrant_id("warrant-" + std::to_string(number));
  order.set_version(version);
  *order.mutable_targets() = tap.targets();
  *order.mutable_window() = tap.window();
  order.set_content(tap.content());
  const Sha256 handover = handover_digest(mediation_message(number, port), HandoverVersion::kSecond);
  order.set_handover_sha256(std::string(handover.begin(), handover.end()));
  return order;
}

struct OrderSite {
  ScratchFolder folder;
  // Valid when the windows of directives.h are.
  CertificatePlan decades{.from_s = -20L * 365 * 86'400, .until_s = 20L * 365 * 86'400};
  Holder authority = make_holder(make_p256(), "authority", nullptr, decades);
  Holder approver = make_holder(make_p256(), "approver", &authority, decades);

  [[nodiscard]] ApproverPlan plan() {
    return {.ca = folder.write("ca.pem", authority.pem()), .revoked = {}, .pins = {}};
  }
  [[nodiscard]] std::unique_ptr<OrderCheck> check(bool required = true, const std::string& versions = {}) {
    Result<std::unique_ptr<OrderCheck>> made = OrderCheck::make(required, plan(), versions);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  [[nodiscard]] v1::SignedOrder sign(const v1::Order& order) const { return sign(order, approver); }
  [[nodiscard]] static v1::SignedOrder sign(const v1::Order& order, const Holder& by) {
    v1::SignedOrder made;
    made.set_order(order.SerializeAsString());
    made.set_signature(by.sign(made.order()));
    made.set_certificate(by.der());
    return made;
  }
  [[nodiscard]] v1::Tap tap(uint8_t number, const v1::Order& order) const {
    v1::Tap made = tap_message(number);
    *made.mutable_order() = sign(order);
    return made;
  }
  [[nodiscard]] v1::Mediation mediation(uint8_t number, const v1::Order& order, uint16_t port = 9) const {
    v1::Mediation made = mediation_message(number, port);
    *made.mutable_order() = sign(order);
    return made;
  }
};

}  // namespace lictor
