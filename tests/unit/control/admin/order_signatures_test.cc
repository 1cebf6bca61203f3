// What lictord asks of a signed order: that it is there, holds, and is of the person who approves.
#include "control/admin/order_signatures.h"

#include <gmock/gmock.h>

#include "tests/unit/control/support/control_test.h"
#include "tests/unit/dataplane/trust/site.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;

class OrderSignaturesTest : public testing::Test {
 protected:
  // Of somebody whom nobody has vouched for, where `policy` does not say.
  std::string why(const v1::SignedOrder* order, const OrderPolicy& policy = {}, const std::string& person = "berta") {
    const Result<std::unique_ptr<OrderSignatures>> orders = OrderSignatures::open(policy);
    EXPECT_TRUE(orders.ok()) << orders.status();
    return std::string((*orders)->check(order, {.name = person, .person = person}, legal_now()).message());
  }
  OrderPolicy site() const {
    return {.approvers = {.ca = folder_.write("ca.pem", authority_.pem()), .revoked = {}, .pins = {}},
            .required = true};
  }
  static v1::SignedOrder signed_by(const Holder& holder) {
    v1::SignedOrder order;
    order.set_order("the octets of an order");
    order.set_signature(holder.sign(order.order()));
    order.set_certificate(holder.der());
    return order;
  }

  const ScratchFolder folder_;
  const Holder authority_ = make_authority();
  const Holder approver_ = make_holder(make_ed25519(), "berta", &authority_);
};

TEST_F(OrderSignaturesTest, WhatTheApproverSignedIsTaken) {
  const v1::SignedOrder order = signed_by(approver_);
  EXPECT_EQ(why(&order), "");
  EXPECT_EQ(why(&order, site()), "");
}

TEST_F(OrderSignaturesTest, NoneIsTakenOnlyWhereNoneIsAskedFor) {
  EXPECT_EQ(why(nullptr), "");
  EXPECT_THAT(why(nullptr, site()), HasSubstr("missing"));
}

TEST_F(OrderSignaturesTest, AnotherPersonsSignatureApprovesNothing) {
  const v1::SignedOrder order = signed_by(approver_);
  EXPECT_THAT(why(&order, {}, "clara"), HasSubstr("not of the person who approves"));
  EXPECT_THAT(why(&order, site(), ""), HasSubstr("not of the person who approves"));
}

TEST_F(OrderSignaturesTest, OctetsThatWereAlteredOrSignedByAnotherKeyAreRefused) {
  v1::SignedOrder order = signed_by(approver_);
  order.mutable_order()->back() ^= 1;
  EXPECT_THAT(why(&order), HasSubstr("order.signature"));
  order = signed_by(make_holder(make_p256(), "berta", &authority_));
  order.set_certificate(approver_.der());
  EXPECT_THAT(why(&order), HasSubstr("order.signature"));
}

TEST_F(OrderSignaturesTest, ACertificateOfNoApproverOrAnotherAuthorityIsRefused) {
  const v1::SignedOrder clerk =
      signed_by(make_holder(make_p256(), "berta", &authority_, {.names = "URI:urn:lictor:role:operator"}));
  EXPECT_THAT(why(&clerk), HasSubstr("does not name an approver"));
  const v1::SignedOrder old = signed_by(make_holder(make_p256(), "berta", &authority_, {.until_s = -1}));
  EXPECT_THAT(why(&old), HasSubstr("not valid any more"));
  const Holder elsewhere = make_authority();
  const v1::SignedOrder stranger = signed_by(make_holder(make_p256(), "berta", &elsewhere));
  EXPECT_EQ(why(&stranger), "");
  EXPECT_NE(why(&stranger, site()), "");
}

TEST_F(OrderSignaturesTest, NoPrefixOfACertificateOrSignatureHolds) {
  const v1::SignedOrder whole = signed_by(approver_);
  for (size_t length = 0; length < whole.certificate().size(); ++length) {
    v1::SignedOrder order = whole;
    order.mutable_certificate()->resize(length);
    EXPECT_NE(why(&order), "") << length;
  }
  for (size_t length = 0; length < whole.signature().size(); ++length) {
    v1::SignedOrder order = whole;
    order.mutable_signature()->resize(length);
    EXPECT_NE(why(&order), "") << length;
  }
}

TEST_F(OrderSignaturesTest, AnAuthorityThatCannotBeReadIsNamed) {
  const Result<std::unique_ptr<OrderSignatures>> orders =
      OrderSignatures::open({.approvers = {.ca = folder_.path("none.pem"), .revoked = {}, .pins = {}}});
  EXPECT_THAT(std::string(orders.status().message()), HasSubstr("none.pem"));
}

class ApproverListTest : public ControlTest {
 protected:
  void write(const std::vector<long>& revoked, long until_s) {
    ASSERT_NE(folder_.write("list.pem", revocation_list(authority_, revoked, until_s)), "");
  }
  std::vector<std::string> standing() {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const v1::ListAlarmsReply reply = *administration_->list_alarms(request);
    std::vector<std::string> codes;
    for (const v1::Alarm& alarm : reply.alarms()) codes.push_back(alarm.code());
    return codes;
  }

  const ScratchFolder folder_;
  const Holder authority_ = make_authority();
};

TEST_F(ApproverListTest, AListThatNobodyRenewsIsAlarmedAndAnApproverIsRevokedWithoutARestart) {
  const Holder approver = make_holder(make_ed25519(), "berta", &authority_, {.serial = 8});
  const std::string ca = folder_.write("ca.pem", authority_.pem());
  write({7}, 1000);
  orders_ = *OrderSignatures::open(
      {.approvers = {.ca = ca, .revoked = folder_.path("list.pem"), .pins = {}}, .required = true});
  now_ = legal_now();
  open();
  v1::SignedOrder order;
  order.set_order("the octets of an order");
  order.set_signature(approver.sign(order.order()));
  order.set_certificate(approver.der());
  const Caller berta{.name = "berta", .person = "berta"};
  pass(1);
  EXPECT_THAT(standing(), testing::IsEmpty());
  EXPECT_TRUE(orders_->check(&order, berta, now_).ok());
  pass(1010);
  EXPECT_THAT(standing(), testing::ElementsAre("approver_list"));
  write({7, 8}, 100'000);
  pass(1);
  EXPECT_THAT(standing(), testing::IsEmpty());
  EXPECT_THAT(std::string(orders_->check(&order, berta, now_).message()), HasSubstr("revoked"));
}

}  // namespace
}  // namespace lictor::control
