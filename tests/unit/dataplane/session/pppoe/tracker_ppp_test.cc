// PPPoE sessions by what PPP negotiates: whose they are, what they have, how they end; and what subscribers try who
// want to be somebody else, or nobody.

#include "tests/unit/dataplane/session/pppoe/pppoe_sessions.h"

namespace lictor {
namespace {

using testing::ElementsAre;

TEST_F(PppoeSessions, HaveTheAddressThatTheConcentratorAcknowledges) {
  dial();
  log_in("user7@example.org");
  ppp(ppp_control(kNumber, kIpcpProtocol, 1, {3, 6, 192, 0, 2, 66}), kFromClient);
  ppp(ppp_control(kNumber, kIpcpProtocol, 3, {3, 6, 192, 0, 2, 7}), kFromConcentrator);
  EXPECT_FALSE(has("192.0.2.66") || has("192.0.2.7"));
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  EXPECT_TRUE(has("192.0.2.7"));
  const auto events = sink_.take();
  EXPECT_THAT(events.back().bound, ElementsAre(address_of("192.0.2.7")));
  EXPECT_EQ(named(IdentityKind::kRadiusUser, "user7@example.org").size(), 1U);
}

TEST_F(PppoeSessions, WhatAClientAcknowledgesIsTheConcentratorsAddress) {
  dial();
  ppp(ipcp_ack({192, 0, 2, 1}), kFromClient);
  EXPECT_FALSE(has("192.0.2.1"));
}

TEST_F(PppoeSessions, NameCountsOnlyWhenItWasTaken) {
  dial();
  ppp(pap_request(kNumber, "user7", "secret"), kFromClient);
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "user7").empty());
  ppp(pap_answer(PapCode::kAck), kFromClient);
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "user7").empty()) << "he cannot take it himself";
  ppp(pap_answer(PapCode::kNak), kFromConcentrator);
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "user7").empty());
  EXPECT_EQ(counters().authentication_failed.get(), 1U);
  EXPECT_EQ(kinds().back(), AccessEvent::kReject);
  log_in("user8");
  EXPECT_EQ(named(IdentityKind::kRadiusUser, "user8").size(), 1U);
}

// RFC 1334 has a concentrator acknowledge whatever is asked behind the first Ack.
TEST_F(PppoeSessions, NobodyTakesAnotherNameOnceHeIsIn) {
  dial();
  log_in("user7");
  log_in("victim");
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "victim").empty());
  EXPECT_EQ(named(IdentityKind::kRadiusUser, "user7").size(), 1U);
}

TEST_F(PppoeSessions, TwoNamesForOneAnswerAreNone) {
  dial();
  ppp(pap_request(kNumber, "user7", "secret"), kFromClient);
  ppp(pap_request(kNumber, "victim", "guess"), kFromClient);
  ppp(pap_answer(PapCode::kAck), kFromConcentrator);
  ppp(pap_answer(PapCode::kAck), kFromConcentrator);
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "victim").empty());
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "user7").empty());
  EXPECT_EQ(counters().name_conflicts.get(), 1U);
}

TEST_F(PppoeSessions, NameOfChapIsTheOneThatAnsweredTheChallenge) {
  dial();
  ppp(chap_response(kNumber, "victim", 5), kFromClient);  // before it was asked
  ppp(chap(ChapCode::kChallenge, 5), kFromConcentrator);
  ppp(chap_response(kNumber, "victim", 4), kFromClient);  // to another challenge
  ppp(pap_request(kNumber, "victim", "guess"), kFromClient);
  ppp(chap_response(kNumber, "user7", 5), kFromClient);
  ppp(chap(ChapCode::kSuccess, 5), kFromClient);
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "user7").empty());
  ppp(chap(ChapCode::kSuccess, 5), kFromConcentrator);
  EXPECT_EQ(named(IdentityKind::kRadiusUser, "user7").size(), 1U);
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "victim").empty());
  // Challenged again, as concentrators do now and then: nothing new is told.
  static_cast<void>(kinds());
  ppp(chap(ChapCode::kChallenge, 6), kFromConcentrator);
  ppp(chap_response(kNumber, "user7", 6), kFromClient);
  ppp(chap(ChapCode::kSuccess, 6), kFromConcentrator);
  EXPECT_TRUE(kinds().empty());
}

// Two ports, two queues: the response may be read before its challenge, and bears the later stamp.
TEST_F(PppoeSessions, ResponseThatOvertookItsChallengeCounts) {
  dial();
  pass_seconds(1);
  ppp(chap_response(kNumber, "user7", 5), kFromClient);
  now_.unix_ns -= kNanosecondsPerSecond;
  ppp(chap(ChapCode::kChallenge, 5), kFromConcentrator);
  pass_seconds(1);
  ppp(chap(ChapCode::kSuccess, 5), kFromConcentrator);
  EXPECT_EQ(named(IdentityKind::kRadiusUser, "user7").size(), 1U);
}

TEST_F(PppoeSessions, ClientsTerminateRequestEndsWhenTheConcentratorAgrees) {
  dial();
  ppp(lcp(PppCode::kTerminateRequest), kFromClient);
  ppp(lcp(PppCode::kTerminateAck), kFromClient);
  EXPECT_EQ(open(), 1U) << "who says so alone goes on";
  ppp(lcp(PppCode::kTerminateAck), kFromConcentrator);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(sink_.take().back().end, SessionEnd::kLogoff);
  pass_seconds(5);
  dial();
  ppp(lcp(PppCode::kTerminateRequest), kFromConcentrator);
  EXPECT_EQ(open(), 0U);
}

TEST_F(PppoeSessions, NegotiationAnewEndsWhatWasThereAndKeepsTheLine) {
  dial();
  ppp(lcp(PppCode::kConfigureRequest, 1), kFromConcentrator);
  log_in("user7");
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  static_cast<void>(kinds());
  pass_seconds(60);
  ppp(lcp(PppCode::kConfigureRequest, 9), kFromClient);
  EXPECT_TRUE(has("192.0.2.7")) << "a client alone negotiates nothing";
  ppp(lcp(PppCode::kConfigureRequest, 2), kFromConcentrator);
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kEnd, AccessEvent::kAccept));
  EXPECT_FALSE(has("192.0.2.7"));
  EXPECT_TRUE(named(IdentityKind::kRadiusUser, "user7").empty());
  EXPECT_EQ(named(IdentityKind::kCircuitId, "circuit 1").size(), 1U);
  log_in("user8");
  EXPECT_EQ(named(IdentityKind::kRadiusUser, "user8").size(), 1U);
}

TEST_F(PppoeSessions, AddressGoesToWhomItWasAcknowledgedLast) {
  dial();
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  static_cast<void>(kinds());
  const Sent to_other{.from = kConcentrator, .to = kOther};
  discovery(PppoeCode::kPads, 2, {}, to_other);
  ppp(ipcp_ack({192, 0, 2, 7}, 2), to_other);
  const auto events = sink_.take();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].end, SessionEnd::kReplaced);
  EXPECT_THAT(events[2].bound, ElementsAre(address_of("192.0.2.7")));
  EXPECT_EQ(counters().unasked.get(), 1U);
}

TEST_F(PppoeSessions, IpcpThatEndsTakesTheAddress) {
  dial();
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  ppp(ppp_control(kNumber, kIpcpProtocol, 5, {}), kFromClient);
  EXPECT_TRUE(has("192.0.2.7"));
  ppp(ppp_control(kNumber, kIpcpProtocol, 6, {}), kFromConcentrator);
  EXPECT_FALSE(has("192.0.2.7"));
  EXPECT_EQ(open(), 1U);
}

TEST_F(PppoeSessions, AddressThatNoHostHasIsRefused) {
  dial();
  ppp(ipcp_ack({0, 0, 0, 0}), kFromConcentrator);
  ppp(ipcp_ack({224, 0, 0, 1}), kFromConcentrator);
  EXPECT_EQ(counters().address_refused.get(), 2U);
}

TEST_F(PppoeSessions, Ipv6IsToldOnceAndBindsNoLinkLocalAddress) {
  dial();
  static_cast<void>(kinds());
  const Octets ack = ppp_control(kNumber, kIpv6cpProtocol, 2, {1, 10, 2, 0, 0, 0xff, 0xfe, 0, 0, 7});
  ppp(ack, kFromClient);
  EXPECT_TRUE(kinds().empty());
  ppp(ack, kFromConcentrator);
  ppp(ack, kFromConcentrator);
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kUpdate));
  EXPECT_FALSE(has("fe80::200:ff:fe00:7"));
  EXPECT_EQ(counters().interface_ids.get(), 1U);
}

TEST_F(PppoeSessions, SessionThatWasThereBeforeIsKnownByItsAcknowledgedAddress) {
  ppp(ipcp_ack({192, 0, 2, 7}), kFromClient);
  EXPECT_EQ(open(), 0U);
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kAccept));
  EXPECT_TRUE(has("192.0.2.7"));
  EXPECT_EQ(counters().adopted.get(), 1U);
}

TEST_F(PppoeSessions, SilentConcentratorsSessionExpiresAndASpeakingOnesDoesNot) {
  dial();
  for (int echo = 0; echo < 20; ++echo) {
    pass_seconds(600);
    ppp(lcp(PppCode::kEchoRequest), kFromConcentrator);
    for (int call = 0; call < 100; ++call) book_->expire(now_, sink_);
  }
  EXPECT_EQ(open(), 1U);
  for (int echo = 0; echo < 20; ++echo) {
    pass_seconds(600);
    ppp(lcp(PppCode::kEchoRequest), kFromClient);
    for (int call = 0; call < 100; ++call) book_->expire(now_, sink_);
  }
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(sink_.take().back().end, SessionEnd::kTimeout);
}

// A concentrator may authenticate itself as well, and every message may put a deadline off.
TEST_F(PppoeSessions, NoEventCarriesAMessageWithoutItsMask) {
  class MaskedSink : public SessionSink {
   public:
    void on_event(const SessionEvent& event) noexcept override {
      if (event.message == nullptr) return;
      ++messages;
      EXPECT_EQ(event.shown_as, &kShownPppoe);
    }
    int messages = 0;
  } sink;
  const auto give = [this, &sink](const Octets& octets, SignalKind kind, const Sent& sent) {
    pass_seconds(3000);
    SignalRecord record;
    record.header.arrival = now_;
    record.header.kind = kind;
    record.header.source_mac = sent.from;
    record.header.destination_mac = sent.to;
    record.message = octets;
    tracker_.on_message(record, sink);
  };
  give(pppoe_packet(PppoeCode::kPadr, 0, {}), SignalKind::kPppoeDiscovery, kFromClient);
  give(pppoe_packet(PppoeCode::kPads, kNumber, {}), SignalKind::kPppoeDiscovery, kFromConcentrator);
  give(pap_request(kNumber, "ac", "secret"), SignalKind::kPppoeSession, kFromConcentrator);
  give(pap_request(kNumber, "user7", "secret"), SignalKind::kPppoeSession, kFromClient);
  give(pap_answer(PapCode::kNak), SignalKind::kPppoeSession, kFromConcentrator);
  give(pppoe_packet(PppoeCode::kPadt, kNumber, {}), SignalKind::kPppoeDiscovery, kFromClient);
  EXPECT_GE(sink.messages, 6);
}

}  // namespace
}  // namespace lictor
