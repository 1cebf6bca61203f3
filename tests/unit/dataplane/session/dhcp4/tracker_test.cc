// What a DHCPv4 tracker makes of orderly networks.

#include "tests/unit/dataplane/session/dhcp4/lease_bench.h"

namespace lictor::dhcp4 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Dhcp4Lease = LeaseBench;

TEST_F(Dhcp4Lease, AnAckThatAnswersARequestBeginsASessionWithAllNames) {
  ask_relayed(client_, 3, option(12, name("host")));
  EXPECT_THAT(heard_.events, IsEmpty()) << "nothing is bound by asking";
  answer_relayed(client_, {});
  ASSERT_THAT(heard_.events, SizeIs(1));
  const HeardEvent& event = heard_.events[0];
  EXPECT_EQ(event.kind, AccessEvent::kAccept);
  EXPECT_EQ(event.session, holder(kAddress));
  EXPECT_THAT(event.bound, ElementsAre(bound_to("192.0.2.7")));
  EXPECT_EQ(event.effective, at_ms(0));
  EXPECT_EQ(event.expected_end, at_ms(600'000));
  EXPECT_EQ(event.host_name, "host");
  EXPECT_EQ(event.nas_address, *IpPrefix::parse("192.0.2.1"));
  const std::map<IdentityKind, Octets> names = {{IdentityKind::kMac, client_.mac},
                                                {IdentityKind::kDhcpClientId, client_.client_id},
                                                {IdentityKind::kCircuitId, name(client_.circuit)},
                                                {IdentityKind::kRemoteId, name(client_.remote)}};
  EXPECT_EQ(event.shown, names);
  EXPECT_EQ(names_of(*book_, event.session), names);
}

TEST_F(Dhcp4Lease, DiscoverIsAnAttemptWithoutSession) {
  ask_relayed(client_, 1);
  answer_relayed(client_, {.kind = 2});
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kAttempt);
  EXPECT_EQ(heard_.events[0].session, kNoSession);
  EXPECT_EQ(heard_.events[0].shown.at(IdentityKind::kMac), client_.mac);
  EXPECT_EQ(heard_.events[0].shown.at(IdentityKind::kCircuitId), name(client_.circuit));
}

TEST_F(Dhcp4Lease, RenewalWithoutOption82KeepsTheLineAndMovesTheEnd) {
  const SessionId session = lease(client_);
  heard_.take();
  wait_s(300);
  renew(client_);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kUpdate);
  EXPECT_EQ(heard_.events[0].session, session);
  EXPECT_EQ(heard_.events[0].expected_end, at_ms(900'000));
  EXPECT_FALSE(heard_.events[0].identities_changed);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name(client_.circuit));
  wait_s(599);
  expire();
  EXPECT_EQ(holder(kAddress), session);
}

TEST_F(Dhcp4Lease, EndsWithItsLeaseWhereNobodyRenewsIt) {
  const SessionId session = lease(client_);
  heard_.take();
  wait_s(599);
  expire();
  EXPECT_THAT(heard_.events, IsEmpty());
  wait_s(1);
  expire();
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[0].end, SessionEnd::kLeaseExpired);
  EXPECT_EQ(heard_.events[0].session, session);
  EXPECT_THAT(heard_.events[0].unbound, ElementsAre(bound_to("192.0.2.7")));
}

TEST_F(Dhcp4Lease, InfiniteLeaseEndsNeverAndHasNoExpectedEnd) {
  lease(client_, kAddress, 600);
  wait_s(300);
  lease(client_, kAddress, 0xffffffff);
  EXPECT_EQ(heard_.events.back().expected_end, std::nullopt);
  wait_s(20LL * 365 * 86'400);
  expire();
  EXPECT_NE(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Lease, AckWithoutLeaseTimeHasTheDefaultAndIsCounted) {
  ask_relayed(client_, 3);
  pass(kServer, datagram({.op = 2, .xid = client_.xid, .yiaddr = kAddress, .giaddr = kRelay, .hardware = client_.mac},
                         {type(5), option(54, big32(kServer)), kEndOption}));
  EXPECT_EQ(tracker_.counters().no_lease_time.get(), 1U);
  EXPECT_EQ(heard_.events.back().expected_end, at_ms(3'600'000));
}

TEST_F(Dhcp4Lease, ReleaseByItsHolderEndsIt) {
  const SessionId session = lease(client_);
  heard_.take();
  ask(client_, 7, option(54, big32(kServer)), kAddress);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[0].end, SessionEnd::kLogoff);
  EXPECT_EQ(heard_.events[0].session, session);
  EXPECT_EQ(holder(kAddress), kNoSession);
  ask(client_, 7, option(54, big32(kServer)), kAddress);
  EXPECT_THAT(heard_.events, SizeIs(1)) << "the other tap's copy";
}

TEST_F(Dhcp4Lease, DeclineEndsIt) {
  lease(client_);
  ask_relayed(client_, 4, option(50, big32(kAddress)));
  EXPECT_EQ(heard_.events.back().kind, AccessEvent::kEnd);
  EXPECT_EQ(holder(kAddress), kNoSession);
  EXPECT_EQ(tracker_.counters().declined.get(), 1U);
}

TEST_F(Dhcp4Lease, NakEndsTheLeaseThatWasAskedForAndIsTold) {
  lease(client_);
  heard_.take();
  wait_s(10);
  ask_relayed(client_, 3, option(50, big32(kAddress)));
  answer_relayed(client_, {.kind = 6, .yiaddr = 0});
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kReject);
  EXPECT_EQ(heard_.events[1].session, kNoSession);
  EXPECT_EQ(heard_.events[1].shown.at(IdentityKind::kDhcpClientId), client_.client_id);
  EXPECT_EQ(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Lease, NakToAUnicastRenewalEndsIt) {
  lease(client_);
  wait_s(10);
  ask(client_, 3, {}, kAddress);
  answer(client_, {.kind = 6, .yiaddr = 0});
  EXPECT_EQ(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Lease, AckToInformBindsNothing) {
  ask(client_, 8, {}, kAddress);
  pass(kServer, datagram({.op = 2, .xid = client_.xid, .ciaddr = kAddress, .hardware = client_.mac},
                         {type(5), option(54, big32(kServer)), kEndOption}));
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().informed.get(), 1U);
  pass(kServer, datagram({.op = 2, .xid = client_.xid, .ciaddr = kAddress, .yiaddr = kAddress, .hardware = client_.mac},
                         {type(5), option(54, big32(kServer)), kEndOption}));
  EXPECT_THAT(heard_.events, IsEmpty()) << "nobody sent a REQUEST";
}

TEST_F(Dhcp4Lease, RapidCommitBindsWhereBothSaySo) {
  Client client = client_;
  ask_relayed(client, 1);
  answer_relayed(client, {});
  EXPECT_EQ(holder(kAddress), kNoSession);
  client.xid = 0x11;
  ask_relayed(client, 1, option(80, {}));
  pass(kServer, datagram({.op = 2, .xid = client.xid, .yiaddr = kAddress, .giaddr = kRelay, .hardware = client.mac},
                         {type(5), option(80, {}), lease_of({}), line_option(client), kEndOption}));
  EXPECT_NE(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Lease, BothSidesOfARelayAreOneEventWithTheLine) {
  ask(client_, 1);
  ask_relayed(client_, 1);
  ask(client_, 3);
  ask_relayed(client_, 3);
  answer_relayed(client_, {});
  answer(client_, {.source = kRelay}, kRelay);
  ASSERT_THAT(heard_.events, SizeIs(3));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kAttempt);
  EXPECT_EQ(heard_.events[0].shown.count(IdentityKind::kCircuitId), 0U);
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kAttempt);
  EXPECT_EQ(heard_.events[1].shown.count(IdentityKind::kMac), 0U) << "whoever asks for the MAC has been told";
  EXPECT_EQ(heard_.events[1].shown.at(IdentityKind::kCircuitId), name(client_.circuit));
  EXPECT_EQ(heard_.events[2].kind, AccessEvent::kAccept);
  EXPECT_EQ(heard_.events[2].shown.at(IdentityKind::kCircuitId), name(client_.circuit));
}

TEST_F(Dhcp4Lease, TwoTapsOfOneLinkAreOneEvent) {
  for (int tap = 0; tap < 2; ++tap) ask_relayed(client_, 1);
  for (int tap = 0; tap < 2; ++tap) ask_relayed(client_, 3);
  for (int tap = 0; tap < 2; ++tap) answer_relayed(client_, {});
  EXPECT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(tracker_.counters().repeated.get(), 3U);
}

TEST_F(Dhcp4Lease, ServersSideThatComesLaterBringsTheLine) {
  ask(client_, 3);
  answer(client_, {.source = kRelay}, kRelay);
  const SessionId session = holder(kAddress);
  EXPECT_EQ(names_of(*book_, session).count(IdentityKind::kCircuitId), 0U);
  ask_relayed(client_, 3);
  answer_relayed(client_, {});
  EXPECT_EQ(heard_.events.back().kind, AccessEvent::kUpdate);
  EXPECT_TRUE(heard_.events.back().identities_changed);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name(client_.circuit));
  EXPECT_THAT(heard_.events, SizeIs(2));
}

TEST_F(Dhcp4Lease, LineOfTheRequestCountsWhereTheServerEchoesNone) {
  ask_relayed(client_, 3);
  answer(client_, {}, kRelay);
  EXPECT_EQ(names_of(*book_, holder(kAddress)).at(IdentityKind::kCircuitId), name(client_.circuit));
}

TEST_F(Dhcp4Lease, SameAddressAtAnotherLineHasMoved) {
  const SessionId session = lease(client_);
  heard_.take();
  Client moved = client_;
  moved.circuit = "eth 2/9";
  wait_s(10);
  EXPECT_EQ(lease(moved), session);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kUpdate);
  EXPECT_TRUE(heard_.events[0].identities_changed);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name("eth 2/9"));
  EXPECT_EQ(tracker_.counters().moved.get(), 1U);
  moved.relay = kOtherRelay;
  wait_s(10);
  EXPECT_EQ(lease(moved), session);
  EXPECT_EQ(tracker_.counters().moved.get(), 2U);
}

TEST_F(Dhcp4Lease, WhoMovesToALineWithoutAnIdentifierLeavesTheOldOneBehind) {
  lease(client_);
  heard_.take();
  Client moved = client_;
  moved.relay = kOtherRelay;
  moved.remote = "";
  wait_s(10);
  const SessionId session = lease(moved);
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kAccept);
  EXPECT_EQ(names_of(*book_, session).count(IdentityKind::kRemoteId), 0U);
}

TEST_F(Dhcp4Lease, NewAddressAtTheSameLineTakesThePlaceOfTheOld) {
  const SessionId session = lease(client_);
  heard_.take();
  wait_s(10);
  EXPECT_EQ(lease(client_, kOtherAddress), session);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_THAT(heard_.events[0].bound, ElementsAre(bound_to("192.0.2.8")));
  EXPECT_THAT(heard_.events[0].unbound, ElementsAre(bound_to("192.0.2.7")));
}

TEST_F(Dhcp4Lease, AddressOfAnotherEndsThatOnesSessionFirst) {
  const SessionId first = lease(client_);
  heard_.take();
  wait_s(10);
  lease({.mac = {2, 0, 0, 0, 0, 8}, .client_id = {}, .circuit = "eth 1/8"});
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[0].end, SessionEnd::kReplaced);
  EXPECT_EQ(heard_.events[0].session, first);
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kAccept);
}

TEST_F(Dhcp4Lease, TwoClientsOfOneHostAreTwoSessions) {
  const SessionId first = lease(client_);
  Client other = client_;
  other.client_id = {0, 'v', 'm'};
  other.xid = 0x77;
  EXPECT_NE(lease(other, kOtherAddress), first);
  EXPECT_EQ(holder(kAddress), first);
}

TEST_F(Dhcp4Lease, FullNameServesWhereThereIsNoHostName) {
  ask_relayed(client_, 3, option(81, join({{4, 0, 0}, {4}, name("host"), {3}, name("lan"), {0}})));
  answer_relayed(client_, {});
  EXPECT_EQ(heard_.events.back().host_name, "host.lan");
}

}  // namespace
}  // namespace lictor::dhcp4
