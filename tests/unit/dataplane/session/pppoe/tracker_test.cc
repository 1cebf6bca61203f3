// PPPoE sessions by discovery: who is believed, how they begin and end, at which line; and what subscribers try.

#include "tests/unit/dataplane/session/pppoe/pppoe_sessions.h"

namespace lictor {
namespace {

using testing::ElementsAre;

TEST_F(PppoeSessions, BeginWithPadsAtTheLineOfTheirPadr) {
  dial();
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kAttempt, AccessEvent::kAccept));
  EXPECT_EQ(named(IdentityKind::kCircuitId, "circuit 1").size(), 1U);
  EXPECT_EQ(named(IdentityKind::kRemoteId, "remote 1").size(), 1U);
  EXPECT_EQ(named(IdentityKind::kMac, as_text(kClient)).size(), 1U);
}

TEST_F(PppoeSessions, EndByPadtOfEitherSide) {
  for (const Sent& sent : {kFromClient, kFromConcentrator}) {
    dial();
    ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
    static_cast<void>(kinds());
    discovery(PppoeCode::kPadt, kNumber, {}, sent);
    const auto events = sink_.take();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, AccessEvent::kEnd);
    EXPECT_EQ(events[0].end, sent.from == kClient ? SessionEnd::kLogoff : SessionEnd::kConnectionLost);
    EXPECT_THAT(events[0].unbound, ElementsAre(address_of("192.0.2.7")));
    EXPECT_EQ(open(), 0U);
    EXPECT_FALSE(has("192.0.2.7"));
    pass_seconds(5);
  }
}

TEST_F(PppoeSessions, PadtFromElsewhereEndsNothing) {
  dial();
  discovery(PppoeCode::kPadt, kNumber, {}, {.from = kOther});
  discovery(PppoeCode::kPadt, kNumber, {}, {.vlans = {100, 8, 0, 0}});
  discovery(PppoeCode::kPadt, kNumber, {}, {.from = kOther, .to = kClient});
  discovery(PppoeCode::kPadt, kNumber + 1, {}, kFromClient);
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(counters().unknown_session.get(), 3U);
  EXPECT_EQ(counters().not_trusted.get(), 1U);
}

TEST_F(PppoeSessions, LaterPadsOfTheSameNumberBeginsAnew) {
  dial();
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  static_cast<void>(kinds());
  pass_seconds(60);
  dial();
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kAttempt, AccessEvent::kEnd, AccessEvent::kAccept));
  EXPECT_FALSE(has("192.0.2.7"));
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(counters().replaced.get(), 1U);
}

TEST_F(PppoeSessions, MessagesThatAreSeenTwiceAreToldOnce) {
  for (int copy = 0; copy < 2; ++copy) discovery(PppoeCode::kPadr, 0, tag(0x0103, {1, 2}), kFromClient);
  for (int copy = 0; copy < 2; ++copy) discovery(PppoeCode::kPads, kNumber, tag(0x0103, {1, 2}), kFromConcentrator);
  for (int copy = 0; copy < 2; ++copy) ppp(lcp(PppCode::kConfigureRequest), kFromConcentrator);
  for (int copy = 0; copy < 2; ++copy) ppp(pap_request(kNumber, "user7", "secret"), kFromClient);
  for (int copy = 0; copy < 2; ++copy) ppp(pap_answer(PapCode::kAck), kFromConcentrator);
  for (int copy = 0; copy < 2; ++copy) ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  using enum AccessEvent;
  EXPECT_THAT(kinds(), ElementsAre(kAttempt, kAccept, kUpdate, kUpdate));
  EXPECT_EQ(counters().repeated.get(), 5U);
}

TEST_F(PppoeSessions, RefusalIsTold) {
  discovery(PppoeCode::kPadr, 0, line_tag("circuit 1", "remote 1"), kFromClient);
  discovery(PppoeCode::kPads, 0, tag(0x0201, of_text("no such service")), kFromConcentrator);
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kAttempt, AccessEvent::kReject));
  EXPECT_EQ(open(), 0U);
}

TEST_F(PppoeSessions, LineThatWasSaidTwiceIsNone) {
  dial(kNumber, join({line_tag("victim's", "x"), line_tag("circuit 1", "y")}));
  EXPECT_TRUE(named(IdentityKind::kCircuitId, "victim's").empty());
  EXPECT_TRUE(named(IdentityKind::kCircuitId, "circuit 1").empty());
  EXPECT_EQ(counters().line_ambiguous.get(), 1U);
}

TEST_F(PppoeSessions, PadsFromNoConcentratorBeginsNothing) {
  discovery(PppoeCode::kPads, kNumber, {}, {.from = kOther, .to = kClient});
  discovery(PppoeCode::kPads, kNumber, {}, kFromClient);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().not_trusted.get(), 2U);
}

TEST_F(PppoeSessions, FloodsFillWhatTheyMayAndAreCounted) {
  for (uint8_t i = 0; i < 100; ++i) discovery(PppoeCode::kPadr, 0, tag(0x0103, {i}), kFromClient);
  EXPECT_EQ(counters().requests_lost.get(), 96U);
  for (uint16_t i = 1; i <= 100; ++i) {
    discovery(PppoeCode::kPads, i, {}, kFromConcentrator);
    ppp(pap_request(i, "user7", "secret"), kFromClient);
  }
  EXPECT_EQ(open(), 8U);
  EXPECT_EQ(book_->counters().refused_full.get(), 92U);
  EXPECT_EQ(counters().names_lost.get(), 4U);
  EXPECT_EQ(counters().unknown_session.get(), 92U);
}

TEST_F(PppoeSessions, DamagedMessagesAreCountedByTheirFault) {
  dial();
  ppp(ppp_control(kNumber, kIpcpProtocol, 2, {3, 5, 192, 0, 2}), kFromConcentrator);
  ppp({0x11, 0}, kFromConcentrator);
  EXPECT_EQ(counters().readings.get(PppoeReading::kBadOption), 1U);
  EXPECT_EQ(counters().readings.get(PppoeReading::kTruncated), 1U);
  EXPECT_EQ(counters().readings.get(PppoeReading::kRead), 2U);
}

class PppoeLinesNotTrusted : public PppoeSessions {
 protected:
  PppoeLinesNotTrusted() : PppoeSessions(plan_of({.concentrators = {kConcentrator}})) {}
};

TEST_F(PppoeLinesNotTrusted, CircuitOfAnybodysMakingIsNoName) {
  dial();
  EXPECT_EQ(open(), 1U);
  EXPECT_TRUE(named(IdentityKind::kCircuitId, "circuit 1").empty());
}

class PppoeBothNamed : public PppoeSessions {
 protected:
  PppoeBothNamed() : PppoeSessions(plan_of({.concentrators = {kConcentrator}, .concentrator_ports = 1U << 3})) {}
};

TEST_F(PppoeBothNamed, ConcentratorsAddressFromASubscribersPortIsForged) {
  discovery(PppoeCode::kPads, kNumber, {}, kFromConcentrator);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().forged.get(), 1U);
  Sent sent = kFromConcentrator;
  sent.port = 3;
  discovery(PppoeCode::kPads, kNumber, {}, sent);
  EXPECT_EQ(open(), 1U);
  discovery(PppoeCode::kPadt, kNumber, {}, kFromConcentrator);
  EXPECT_EQ(open(), 1U);
}

class PppoePortsAlone : public PppoeSessions {
 protected:
  PppoePortsAlone() : PppoeSessions(plan_of({.concentrator_ports = 1U << 3})) {}
};

TEST_F(PppoePortsAlone, WhoeverSpeaksThereIsAConcentratorAndNobodyElse) {
  discovery(PppoeCode::kPads, kNumber, {}, kFromConcentrator);
  EXPECT_EQ(open(), 0U);
  Sent sent = kFromConcentrator;
  sent.port = 3;
  ppp(ipcp_ack({192, 0, 2, 7}), sent);
  EXPECT_EQ(open(), 0U) << "nothing is adopted";
  discovery(PppoeCode::kPads, kNumber, {}, sent);
  ppp(ipcp_ack({192, 0, 2, 7}), sent);
  EXPECT_TRUE(has("192.0.2.7"));
  discovery(PppoeCode::kPadt, kNumber, {}, kFromClient);
  EXPECT_EQ(open(), 0U);
}

class PppoeNobodyNamed : public PppoeSessions {
 protected:
  PppoeNobodyNamed() : PppoeSessions(plan_of({})) {}
};

TEST_F(PppoeNobodyNamed, NobodyIsBelieved) {
  discovery(PppoeCode::kPads, kNumber, {}, kFromConcentrator);
  EXPECT_EQ(open(), 0U);
}

}  // namespace
}  // namespace lictor
