// Directives that nobody answers for change nothing, are named, and end the stream of who sent them.
#include <gmock/gmock.h>

#include "dataplane/agent/fleet_session.h"
#include "tests/unit/dataplane/agent/orders.h"
#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

using testing::HasSubstr;

const std::string kIncarnation(16, 'i');

class SessionGuardsTest : public testing::Test {
 protected:
  SessionGuardsTest() : signer_(*DirectiveSigner::open(site_.folder.path("directives.key"))) {}

  // A session that verifies signatures, orders, or both.
  FleetSession session(bool with_keys, bool with_orders) {
    if (with_keys) keys_ = *DirectiveKeys::load({site_.folder.path("directives.key.pub")});
    if (with_orders) orders_ = site_.check();
    return FleetSession(*bench_, {.keys = keys_.get(),
                                  .orders = orders_.get(),
                                  .alarms = &alarms_,
                                  .network_element_id = "NE-1",
                                  .incarnation = kIncarnation});
  }

  Status welcome(FleetSession& session, bool full = true) {
    v1::Hello hello;
    session.greet(hello);
    v1::ControlMessage message;
    message.mutable_welcome()->set_fleet_id("fleet-1");
    message.mutable_welcome()->set_epoch(1);
    message.mutable_welcome()->set_full(full);
    return session.take(message, bench_.now());
  }

  [[nodiscard]] v1::ControlMessage signed_message(const v1::Directive& directive) const {
    return signed_message(directive, *signer_, kIncarnation);
  }
  static v1::ControlMessage signed_message(const v1::Directive& directive, const DirectiveSigner& signer,
                                           const std::string& incarnation) {
    v1::ControlMessage message;
    v1::SignedDirective& made = *message.mutable_directive();
    made.set_directive(directive.SerializeAsString());
    made.set_key_id(signer.key_id());
    made.set_signature(*signer.sign({"fleet-1", "NE-1", incarnation}, as_bytes(made.directive())));
    return message;
  }

  Status send(FleetSession& session, const v1::ControlMessage& message) { return session.take(message, bench_.now()); }

  std::vector<AlarmEvent> alarms() {
    const std::deque<AlarmEvent> all = alarms_.take_all();
    return {all.begin(), all.end()};
  }

  OrderSite site_;
  const std::unique_ptr<DirectiveSigner> signer_;
  std::unique_ptr<DirectiveKeys> keys_;
  std::unique_ptr<OrderCheck> orders_;
  AlarmQueue alarms_;
  RegistryBench bench_;
};

TEST_F(SessionGuardsTest, SignedDirectivesAreTaken) {
  FleetSession guarded = session(true, false);
  ASSERT_TRUE(welcome(guarded).ok());
  ASSERT_TRUE(send(guarded, signed_message(directive_message(5, tap_message(1)))).ok());
  ASSERT_TRUE(send(guarded, signed_message(directive_message(6, mediation_message(1, bench_.port())))).ok());
  guarded.settle(bench_.now());
  EXPECT_EQ(bench_.matches(), 1U);
  EXPECT_TRUE(alarms().empty());
}

TEST_F(SessionGuardsTest, UnsignedAlteredAndForeignDirectivesEndTheStreamAndChangeNothing) {
  FleetSession guarded = session(true, false);
  const v1::ControlMessage good = signed_message(directive_message(6, tap_message(1)));
  v1::ControlMessage unsigned_one = good;
  unsigned_one.mutable_directive()->clear_signature();
  v1::ControlMessage altered = good;
  char& last = altered.mutable_directive()->mutable_directive()->back();
  last = static_cast<char>(last ^ 1);
  const std::unique_ptr<DirectiveSigner> foreign = *DirectiveSigner::open(site_.folder.path("foreign.key"));
  const v1::ControlMessage by_another = signed_message(directive_message(6, tap_message(1)), *foreign, kIncarnation);
  const v1::ControlMessage for_another =
      signed_message(directive_message(6, tap_message(1)), *signer_, std::string(16, 'j'));
  for (const v1::ControlMessage& bad : {unsigned_one, altered, by_another, for_another}) {
    ASSERT_TRUE(welcome(guarded).ok());
    EXPECT_TRUE(absl::IsPermissionDenied(send(guarded, bad)));
    EXPECT_TRUE(guarded.settle(bench_.now()).empty());
    const std::vector<AlarmEvent> raised = alarms();
    ASSERT_EQ(raised.size(), 1U);
    EXPECT_EQ(raised[0].code, "directive_forged");
    EXPECT_FALSE(raised[0].cleared);
    EXPECT_EQ((*bench_).views().size(), 0U);
  }
  ASSERT_TRUE(welcome(guarded).ok());
  ASSERT_TRUE(send(guarded, good).ok());
  const std::vector<AlarmEvent> over = alarms();
  ASSERT_EQ(over.size(), 1U);
  EXPECT_TRUE(over[0].cleared) << "the daemon speaks again";
}

TEST_F(SessionGuardsTest, OutsideOfLabModeNothingGoesInTheClearWhateverTheDaemonCallsALaboratory) {
  FleetSession live(*bench_, {.live = true, .network_element_id = "NE-1", .incarnation = kIncarnation});
  ASSERT_TRUE(welcome(live).ok());
  const auto answer = [&](const v1::Directive& directive) {
    v1::ControlMessage message;
    message.mutable_directive()->set_directive(directive.SerializeAsString());
    EXPECT_TRUE(send(live, message).ok());
    const std::vector<v1::Acknowledgement> answers = live.settle(bench_.now());
    return answers.empty() ? std::string("none") : answers[0].reason();
  };
  v1::Mediation mediation = mediation_message(1, bench_.port());
  ASSERT_EQ(mediation.profile().security(), v1::HANDOVER_SECURITY_PLAIN_LAB);
  EXPECT_EQ(answer(directive_message(5, tap_message(1))), "");
  EXPECT_THAT(answer(directive_message(6, mediation)), HasSubstr("plain-lab"));
  mediation.set_draining(true);
  EXPECT_THAT(answer(directive_message(7, mediation)), HasSubstr("plain-lab")) << "what was spooled neither";
  EXPECT_EQ(bench_.matches(), 0U);
  mediation.set_draining(false);
  mediation.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_IN_IPSEC);
  EXPECT_EQ(answer(directive_message(8, mediation)), "");
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(SessionGuardsTest, AReplayedDirectiveIsRefusedAlsoBehindAWholeState) {
  FleetSession guarded = session(true, false);
  ASSERT_TRUE(welcome(guarded).ok());
  const v1::ControlMessage tap = signed_message(directive_message(5, tap_message(1)));
  ASSERT_TRUE(send(guarded, tap).ok());
  ASSERT_TRUE(send(guarded, signed_message(withdrawal_message(6, 1, v1::WITHDRAWAL_REASON_ENDED))).ok());
  guarded.settle(bench_.now());
  EXPECT_THAT(std::string(send(guarded, tap).message()), HasSubstr("replayed"));
  ASSERT_TRUE(welcome(guarded).ok());
  EXPECT_THAT(std::string(send(guarded, tap).message()), HasSubstr("replayed"));
  EXPECT_EQ(alarms().size(), 2U);
}

TEST_F(SessionGuardsTest, AWithdrawalOfNobodyEndsNothing) {
  FleetSession guarded = session(true, false);
  ASSERT_TRUE(welcome(guarded).ok());
  ASSERT_TRUE(send(guarded, signed_message(directive_message(5, tap_message(1)))).ok());
  ASSERT_TRUE(send(guarded, signed_message(directive_message(6, mediation_message(1, bench_.port())))).ok());
  guarded.settle(bench_.now());
  v1::ControlMessage forged = signed_message(withdrawal_message(7, 1, v1::WITHDRAWAL_REASON_REVOKED));
  forged.mutable_directive()->clear_signature();
  EXPECT_FALSE(send(guarded, forged).ok());
  guarded.settle(bench_.now());
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(SessionGuardsTest, WithoutAnOrderNothingIsCopiedAndTheTaskIsAlarmed) {
  FleetSession guarded = session(false, true);
  ASSERT_TRUE(welcome(guarded).ok());
  v1::ControlMessage message;
  message.mutable_directive()->set_directive(directive_message(5, tap_message(1)).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  const v1::Order order = order_message(1, 1, bench_.port());
  message.mutable_directive()->set_directive(
      directive_message(6, site_.mediation(1, order, bench_.port())).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  const std::vector<v1::Acknowledgement> answers = guarded.settle(bench_.now());
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].result(), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_THAT(answers[0].reason(), HasSubstr("order"));
  EXPECT_EQ(answers[1].result(), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_EQ(bench_.matches(), 0U);
  const std::vector<AlarmEvent> raised = alarms();
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].code, "order_refused");
  EXPECT_EQ(raised[0].xid, xid_of(1));

  message.mutable_directive()->set_directive(directive_message(7, site_.tap(1, order)).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  guarded.settle(bench_.now());
  EXPECT_EQ(bench_.matches(), 1U);
  const std::vector<AlarmEvent> over = alarms();
  ASSERT_EQ(over.size(), 1U);
  EXPECT_TRUE(over[0].cleared);
}

TEST_F(SessionGuardsTest, OneWarrantsTargetIsNotDeliveredByAnothersOrder) {
  FleetSession guarded = session(false, true);
  ASSERT_TRUE(welcome(guarded).ok());
  const v1::Order wanted = order_message(1, 1, bench_.port());
  v1::Order other = order_message(1, 1, bench_.port());  // both are signed, and both halves keep within their own
  other.set_warrant_id("warrant-2");
  v1::ControlMessage message;
  message.mutable_directive()->set_directive(directive_message(5, site_.tap(1, wanted)).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  message.mutable_directive()->set_directive(
      directive_message(6, site_.mediation(1, other, bench_.port())).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  const std::vector<v1::Acknowledgement> answers = guarded.settle(bench_.now());
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].result(), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_THAT(answers[1].reason(), HasSubstr("order.warrant_id"));
  EXPECT_EQ(bench_.matches(), 0U);
  const std::vector<AlarmEvent> raised = alarms();
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].code, "order_refused");
  message.mutable_directive()->set_directive(
      directive_message(7, site_.mediation(1, wanted, bench_.port())).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  guarded.settle(bench_.now());
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(SessionGuardsTest, AChangeWithoutAnOrderStopsWhatItTakesAwayAndAddsNothing) {
  FleetSession guarded = session(false, true);
  ASSERT_TRUE(welcome(guarded).ok());
  const v1::Order order = order_message(1, 1, bench_.port());
  v1::ControlMessage message;
  message.mutable_directive()->set_directive(directive_message(5, site_.tap(1, order)).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  message.mutable_directive()->set_directive(
      directive_message(6, site_.mediation(1, order, bench_.port())).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  guarded.settle(bench_.now());
  ASSERT_EQ(bench_.matches(), 1U);
  v1::Tap other = tap_message(1);  // 192.0.2.8 in place of 192.0.2.7, and nobody has signed it
  set_prefix(*other.mutable_targets(0)->mutable_prefix(), std::string("\xc0\x00\x02\x08", 4), 32);
  message.mutable_directive()->set_directive(directive_message(7, other).SerializeAsString());
  ASSERT_TRUE(send(guarded, message).ok());
  const std::vector<v1::Acknowledgement> answers = guarded.settle(bench_.now());
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].result(), v1::DIRECTIVE_RESULT_REFUSED);
  EXPECT_EQ(bench_.matches(), 0U);
}

}  // namespace
}  // namespace lictor
