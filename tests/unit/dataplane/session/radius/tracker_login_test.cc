// Logins, and orders of servers: what is asked, what is answered, and what comes of it.

#include "tests/unit/dataplane/session/radius/radius_network.h"

namespace lictor::radius {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RadiusLogin : public RadiusNetwork {
 protected:
  // An order to the NAS, and the NAS's answer to it.
  Fate order(double second, uint8_t code, uint8_t answered, const Octets& attributes,
             std::string_view secret = kNetworkSecret) {
    const Sent sent{.second = second, .from = {kServer.address, 50'000}, .to = {kNas.address, 3799}};
    const Octets request = signed_request(message(code, ++id_, attributes), kNetworkSecret);
    EXPECT_EQ(carry(sent, request), Fate::kUsed);
    return answer(second + 0.01, answered, request, sent, {}, secret);
  }
};

TEST_F(RadiusLogin, AttemptAndRejectionAreToldWithTheUsersNameAndWithoutSession) {
  const Octets request = access_request({}, join({user("alice"), attribute(31, "line")}));
  EXPECT_EQ(carry({.second = 1}, request), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("attempt alice"));
  EXPECT_EQ(answer(1.1, 3, request, {}), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("reject alice"));
  EXPECT_EQ(sink_.last.session, kNoSession);
  EXPECT_EQ(sink_.names, (std::vector<std::string>{"radius-user=alice", "radius-csid=line"}));
}

TEST_F(RadiusLogin, AcceptanceBeginsASessionWithoutAddressesAndItsStartBindsThem) {
  const Octets request = access_request({}, join({user("anonymous"), attribute(44, "A1"), attribute(4, kNas.address)}));
  carry({}, request);
  told();
  EXPECT_EQ(answer(0.1, 2, request, {}, join({user("alice"), ipv4(7)})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept alice")) << "what is granted is not yet in use";
  start({.second = 1}, "A1", join({attribute(4, kNas.address), ipv4(7)}));
  EXPECT_THAT(told(), ElementsAre("update +203.0.113.7/32"));
}

TEST_F(RadiusLogin, AcceptanceThatNoStartFollowsEnds) {
  const Octets request = access_request({}, join({user("alice"), attribute(44, "A1")}));
  carry({}, request);
  answer(0.1, 2, request, {});
  told();
  wait_until(62);
  EXPECT_THAT(told(), ElementsAre("end end=other"));
}

TEST_F(RadiusLogin, AcceptanceTellsTheIntervalOfInterims) {
  const Octets request = access_request({}, join({user("alice"), attribute(44, "A1")}));
  carry({}, request);
  answer(0.1, 2, request, {}, attribute(85, number(300)));
  start({.second = 1}, "A1", ipv4(7));
  told();
  wait_until(1 + 3 * 300 + 59);
  EXPECT_THAT(told(), IsEmpty());
  wait_until(1 + 3 * 300 + 61);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=timeout"));
}

TEST_F(RadiusLogin, LoginThatNobodyAnswersHasFailed) {
  carry({.second = 1}, access_request({}, user("alice")));
  told();
  wait_until(10.9);
  EXPECT_THAT(told(), IsEmpty());
  wait_until(11.1);
  EXPECT_THAT(told(), ElementsAre("failed alice"));
  wait_until(99);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusLogin, RetransmissionAndTheOtherLegOfAProxyAreOneAttempt) {
  const Sent near{.to = kProxy};
  const Sent far{.from = kProxy};
  const Octets nas = attribute(4, kNas.address);
  const Octets first = access_request(near, join({nas, user("alice@example.org")}));
  const Octets second = access_request(far, join({nas, user("alice"), attribute(33, "1")}));
  EXPECT_EQ(carry({.second = 0, .to = kProxy}, first), Fate::kUsed);
  EXPECT_EQ(carry({.second = 0.01, .from = kProxy}, second), Fate::kCopied);
  EXPECT_EQ(carry({.second = 3, .to = kProxy}, first), Fate::kRepeated);
  EXPECT_EQ(answer(3.1, 3, second, far), Fate::kCopied);
  EXPECT_EQ(answer(3.2, 3, first, near), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("attempt alice@example.org", "reject alice@example.org"));
}

TEST_F(RadiusLogin, SecondTryBehindARejectionIsAnotherAttempt) {
  for (int round = 0; round < 2; ++round) {
    const Octets request = access_request({}, user("alice"));
    carry({.second = round * 1.0}, request);
    answer(round + 0.1, 3, request, {});
  }
  EXPECT_THAT(told(), ElementsAre("attempt alice", "reject alice", "attempt alice", "reject alice"));
}

TEST_F(RadiusLogin, ChallengesAreOneAttempt) {
  const Octets first = access_request({}, user("alice"));
  carry({.second = 0}, first);
  EXPECT_EQ(answer(0.1, 11, first, {}, attribute(24, "state")), Fate::kUsed);
  const Octets second = access_request({}, join({user("alice"), attribute(24, "state")}));
  EXPECT_EQ(carry({.second = 0.2}, second), Fate::kUsed);
  EXPECT_EQ(answer(0.3, 3, second, {}), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("attempt alice", "reject alice"));
  wait_until(60);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusLogin, AnswerThatIsForgedOrToNobodyHasNoEffect) {
  const Octets request = access_request({}, join({user("alice"), attribute(44, "A1")}));
  carry({}, request);
  told();
  EXPECT_EQ(answer(0.1, 2, request, {}, {}, "a guess"), Fate::kWrongProof);
  EXPECT_EQ(answer(0.2, 2, request, {.to = kProxy}), Fate::kNotAwaited);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(answer(0.3, 2, request, {}), Fate::kUsed);
  EXPECT_EQ(answer(0.4, 2, request, {}), Fate::kNotAwaited);
  EXPECT_THAT(told(), ElementsAre("accept alice"));
}

TEST_F(RadiusLogin, RequestWithoutProofIsBelievedUnlessItMustHaveOne) {
  const Octets bare = message(1, 9, user("alice"));
  EXPECT_EQ(carry({}, bare), Fate::kUsed);
  TrackerPlan plan = network_plan();
  plan.need_message_authenticator = true;
  tracker_ = *RadiusTracker::make(plan, *book_);
  EXPECT_EQ(carry({}, bare), Fate::kUnproven);
  EXPECT_EQ(carry({}, access_request({.secret = "a guess"}, user("alice"))), Fate::kWrongProof);
}

TEST_F(RadiusLogin, PasswordsAreNotKept) {
  carry({},
        access_request({}, join({user("alice"), attribute(2, "0123456789abcdef"), attribute(79, "secret of EAP")})));
  struct : SessionSink {
    void on_event(const SessionEvent& event) noexcept override {
      EXPECT_EQ(event.kind, AccessEvent::kFailed);
      EXPECT_EQ(event.message, nullptr);
    }
  } sink;
  for (int call = 0; call < 300; ++call) tracker_->on_tick(at(20), sink);
}

TEST_F(RadiusLogin, DisconnectedSessionWaitsForItsStopAndNoLonger) {
  start({.second = 0}, "A1", ipv4(7));
  start({.second = 0}, "A2", ipv4(8));
  told();
  EXPECT_EQ(order(60, 40, 41, attribute(44, "A1")), Fate::kUsed);
  EXPECT_EQ(order(60, 40, 41, attribute(44, "A2")), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("update", "update"));
  stop({.second = 60.5}, "A1", attribute(49, number(6)));
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=other"));
  wait_until(67);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.8/32 end=other"));
}

TEST_F(RadiusLogin, OrderNamesASessionByItsAddressOrItsUserWhereThatIsOne) {
  start({.second = 0}, "A1", join({user("alice"), ipv4(7)}));
  start({.second = 0}, "A2", join({user("bob"), ipv4(8)}));
  start({.second = 0}, "A3", join({user("bob"), ipv4(9)}));
  told();
  EXPECT_EQ(order(60, 40, 41, ipv4(8)), Fate::kUsed);
  EXPECT_EQ(order(61, 40, 41, user("alice")), Fate::kUsed);
  EXPECT_EQ(order(62, 40, 41, user("bob")), Fate::kUnknownSession) << "there are two";
  told();
  wait_until(80);
  EXPECT_THAT(told(), testing::UnorderedElementsAre("end -203.0.113.7/32 end=other", "end -203.0.113.8/32 end=other"));
}

TEST_F(RadiusLogin, OrderThatIsRefusedOrWhoseAnswerIsForgedChangesNothing) {
  start({.second = 0}, "A1", ipv4(7));
  told();
  EXPECT_EQ(order(60, 40, 42, attribute(44, "A1")), Fate::kUsed);
  EXPECT_EQ(order(61, 43, 45, attribute(44, "A1")), Fate::kUsed);
  EXPECT_EQ(order(62, 40, 41, attribute(44, "A1"), "a guess"), Fate::kWrongProof);
  wait_until(100);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(order(101, 43, 44, attribute(44, "A1")), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("update"));
  wait_until(200);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusLogin, OrderFromOneWhoIsNoServerIsForeign) {
  start({.second = 0}, "A1", ipv4(7));
  const Octets request = signed_request(message(40, 77, attribute(44, "A1")), kNetworkSecret);
  EXPECT_EQ(carry({.second = 1, .from = kStranger, .to = kNas}, request), Fate::kForeign);
}

}  // namespace
}  // namespace lictor::radius
