// What a DHCPv6 tracker makes of orderly networks.

#include "tests/unit/dataplane/session/dhcp6/lease_bench.h"

namespace lictor::dhcp6 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Dhcp6Lease = LeaseBench;

TEST_F(Dhcp6Lease, AddressAndPrefixOfOneClientAreOneSessionWithAllNames) {
  const Octets both = join({addresses("2001:db8:1::7"), delegated("2001:db8:7::", 56)});
  ask_relayed(client_, 3, join({both, option(39, join({{0, 4}, octets_of("host"), {3}, octets_of("lan"), {0}}))}));
  EXPECT_THAT(heard_.events, IsEmpty()) << "nothing is bound by asking";
  reply_relayed(client_, both);
  ASSERT_THAT(heard_.events, SizeIs(1));
  const HeardEvent& event = heard_.events[0];
  EXPECT_EQ(event.kind, AccessEvent::kAccept);
  EXPECT_THAT(event.bound, UnorderedElementsAre(address_, prefix_));
  EXPECT_EQ(event.expected_end, at_ms(600'000));
  EXPECT_EQ(event.host_name, "host.lan");
  EXPECT_EQ(event.nas_address, *IpPrefix::parse(kRelay));
  const std::map<IdentityKind, Octets> names = {{IdentityKind::kMac, kMac},
                                                {IdentityKind::kDuid, kDuidTime},
                                                {IdentityKind::kCircuitId, octets_of(client_.interface_id)},
                                                {IdentityKind::kRemoteId, octets_of(client_.remote)}};
  EXPECT_EQ(event.shown, names);
  EXPECT_EQ(names_of(*book_, event.session), names);
}

TEST_F(Dhcp6Lease, SolicitIsAnAttemptWithoutSession) {
  ask_relayed(client_, 1, association(3, 7, {}));
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kAttempt);
  EXPECT_EQ(heard_.events[0].session, kNoSession);
  EXPECT_EQ(heard_.events[0].shown.at(IdentityKind::kDuid), kDuidTime);
}

TEST_F(Dhcp6Lease, RapidCommitBindsWhereBothSaySo) {
  ask_relayed(client_, 1, association(3, 7, {}));
  reply_relayed(client_, addresses("2001:db8:1::7"));
  reply_relayed(client_, join({option(14, {}), addresses("2001:db8:1::7")}));
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  EXPECT_EQ(tracker_.counters().unasked.get(), 2U);
  Client client = client_;
  client.transaction = 0x11;
  ask_relayed(client, 1, join({option(14, {}), association(3, 7, {})}));
  reply_relayed(client, addresses("2001:db8:1::7"));
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  reply_relayed(client, join({option(14, {}), addresses("2001:db8:1::7")}));
  EXPECT_NE(holder("2001:db8:1::7"), kNoSession);
}

TEST_F(Dhcp6Lease, RenewAndRebindMoveTheEnd) {
  const SessionId session = lease_both(client_);
  heard_.take();
  const Octets both = join({addresses("2001:db8:1::7"), delegated("2001:db8:7::", 56)});
  for (const uint8_t kind : Octets{5, 6}) {
    wait_s(300);
    exchange(client_, kind, both, both);
    ASSERT_THAT(heard_.events, SizeIs(1));
    EXPECT_EQ(heard_.events[0].kind, AccessEvent::kUpdate);
    EXPECT_EQ(heard_.events[0].session, session);
    EXPECT_EQ(heard_.events[0].expected_end, at_ms(now_ms_ + 600'000));
    EXPECT_THAT(heard_.take()[0].bound, IsEmpty());
  }
  wait_s(599);
  expire();
  EXPECT_EQ(holder("2001:db8:1::7"), session);
}

TEST_F(Dhcp6Lease, RenewalWithoutARelayKeepsTheLine) {
  const SessionId session = lease_both(client_);
  wait_s(300);
  Client direct = client_;
  direct.transaction = 0x99;
  ask(direct, 5, addresses("2001:db8:1::7"), "2001:db8:1::7");
  reply(direct, addresses("2001:db8:1::7"));
  EXPECT_EQ(holder("2001:db8:1::7"), session);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), octets_of(client_.interface_id));
  EXPECT_EQ(holder("2001:db8:7::/56"), session) << "of the prefix nothing was said";
}

TEST_F(Dhcp6Lease, EachLeaseEndsAtItsOwnTime) {
  const Octets both = join({addresses("2001:db8:1::7", 100), delegated("2001:db8:7::", 56, 600)});
  exchange(client_, 3, both, both);
  const SessionId session = holder("2001:db8:1::7");
  heard_.take();
  wait_s(99);
  expire();
  EXPECT_THAT(heard_.events, IsEmpty());
  wait_s(1);
  expire();
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kUpdate);
  EXPECT_THAT(heard_.events[0].unbound, ElementsAre(address_));
  EXPECT_EQ(heard_.events[0].effective, at_ms(100'000));
  EXPECT_EQ(holder("2001:db8:7::/56"), session);
  wait_s(500);
  expire();
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[1].end, SessionEnd::kLeaseExpired);
}

TEST_F(Dhcp6Lease, WhatARenewalDoesNotMentionGoesOnToItsOwnEnd) {
  lease_both(client_);
  wait_s(300);
  exchange(client_, 5, delegated("2001:db8:7::", 56), delegated("2001:db8:7::", 56));
  EXPECT_NE(holder("2001:db8:1::7"), kNoSession);
  wait_s(300);
  expire();
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  EXPECT_NE(holder("2001:db8:7::/56"), kNoSession);
}

TEST_F(Dhcp6Lease, AssociationThatIsAskedForAnewIsWhatTheReplySays) {
  const SessionId session = lease_both(client_);
  heard_.take();
  wait_s(10);
  exchange(client_, 3, addresses("2001:db8:1::8"), addresses("2001:db8:1::8"));
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].session, session);
  EXPECT_THAT(heard_.events[0].bound, ElementsAre(bound_to("2001:db8:1::8")));
  EXPECT_THAT(heard_.events[0].unbound, ElementsAre(address_));
  EXPECT_EQ(holder("2001:db8:7::/56"), session) << "the prefix is of another association";
}

TEST_F(Dhcp6Lease, ValidLifetimeOfZeroEndsALease) {
  lease_both(client_);
  heard_.take();
  wait_s(10);
  const Octets renumbered = association(
      3, 7,
      join({lease(octets_of_address("2001:db8:1::7"), 0, 0), lease(octets_of_address("2001:db8:1::8"), 300, 600)}));
  exchange(client_, 5, addresses("2001:db8:1::7"), renumbered);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_THAT(heard_.events[0].bound, ElementsAre(bound_to("2001:db8:1::8")));
  EXPECT_THAT(heard_.events[0].unbound, ElementsAre(address_));
}

TEST_F(Dhcp6Lease, LastLeaseThatIsTakenEndsTheSession) {
  exchange(client_, 3, addresses("2001:db8:1::7"), addresses("2001:db8:1::7"));
  wait_s(10);
  exchange(client_, 5, addresses("2001:db8:1::7"), addresses("2001:db8:1::7", 0));
  EXPECT_EQ(heard_.events.back().kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events.back().end, SessionEnd::kOther);
  EXPECT_EQ(tracker_.counters().unbound.get(), 1U);
}

TEST_F(Dhcp6Lease, NoBindingEndsTheAssociationThatItIsSaidOf) {
  const SessionId session = lease_both(client_);
  wait_s(10);
  exchange(client_, 5, addresses("2001:db8:1::7"), association(3, 7, status(3)));
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  EXPECT_EQ(holder("2001:db8:7::/56"), session);
  wait_s(10);
  exchange(client_, 5, delegated("2001:db8:7::", 56), status(3));
  EXPECT_EQ(holder("2001:db8:7::/56"), kNoSession);
  EXPECT_EQ(heard_.events.back().kind, AccessEvent::kEnd);
}

TEST_F(Dhcp6Lease, WhoGetsNothingIsRejected) {
  exchange(client_, 3, addresses("2001:db8:1::7"), association(3, 7, status(2)));
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kReject);
  EXPECT_EQ(heard_.events[0].session, kNoSession);
}

TEST_F(Dhcp6Lease, ReleaseEndsWhatItListsAndTheSessionWithTheLast) {
  const SessionId session = lease_both(client_);
  heard_.take();
  ask_relayed(client_, 8, addresses("2001:db8:1::7", 0));
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kUpdate);
  EXPECT_THAT(heard_.events[0].unbound, ElementsAre(address_));
  EXPECT_EQ(holder("2001:db8:7::/56"), session);
  ask_relayed(client_, 8, join({addresses("2001:db8:1::7", 0), delegated("2001:db8:7::", 56, 0)}));
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kEnd);
  EXPECT_EQ(heard_.events[1].end, SessionEnd::kLogoff);
}

TEST_F(Dhcp6Lease, DeclineEndsTheAddress) {
  lease_both(client_);
  ask_relayed(client_, 9, addresses("2001:db8:1::7", 0));
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  EXPECT_NE(holder("2001:db8:7::/56"), kNoSession);
  EXPECT_EQ(tracker_.counters().declined.get(), 1U);
}

TEST_F(Dhcp6Lease, ReleaseFromTheAddressItselfNeedsNoRelay) {
  lease_both(client_);
  ask(client_, 8, addresses("2001:db8:1::7", 0), "2001:db8:1::7");
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
}

TEST_F(Dhcp6Lease, InfiniteLeaseEndsNever) {
  exchange(client_, 3, addresses("2001:db8:1::7"), addresses("2001:db8:1::7", 0xffffffff));
  EXPECT_EQ(heard_.events.back().expected_end, std::nullopt);
  wait_s(20LL * 365 * 86'400);
  expire();
  EXPECT_NE(holder("2001:db8:1::7"), kNoSession);
}

TEST_F(Dhcp6Lease, BothSidesOfARelayAreOneEventWithTheLine) {
  const Octets wanted = addresses("2001:db8:1::7");
  ask(client_, 3, wanted);
  ask_relayed(client_, 3, wanted);
  reply_relayed(client_, wanted);
  reply(client_, wanted, kRelay);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].shown.at(IdentityKind::kRemoteId), octets_of(client_.remote));
}

TEST_F(Dhcp6Lease, ServersSideThatComesLaterBringsTheLine) {
  const Octets wanted = addresses("2001:db8:1::7");
  ask(client_, 3, wanted);
  reply(client_, wanted, kRelay);
  const SessionId session = holder("2001:db8:1::7");
  EXPECT_EQ(names_of(*book_, session).count(IdentityKind::kCircuitId), 0U);
  ask_relayed(client_, 3, wanted);
  reply_relayed(client_, wanted);
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_TRUE(heard_.events[1].identities_changed);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), octets_of(client_.interface_id));
}

TEST_F(Dhcp6Lease, SameAddressAtAnotherLineHasMoved) {
  const SessionId session = lease_both(client_);
  Client moved = client_;
  moved.interface_id = "eth 2/9";
  wait_s(10);
  EXPECT_EQ(lease_both(moved), session);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), octets_of("eth 2/9"));
  EXPECT_EQ(tracker_.counters().moved.get(), 1U);
}

TEST_F(Dhcp6Lease, SameClientAtAnotherLineIsAnotherSession) {
  const SessionId session = lease_both(client_);
  Client other = client_;
  other.interface_id = "eth 2/9";
  exchange(other, 3, addresses("2001:db8:1::9"), addresses("2001:db8:1::9"));
  EXPECT_NE(holder("2001:db8:1::9"), session);
  EXPECT_EQ(holder("2001:db8:1::7"), session);
}

TEST_F(Dhcp6Lease, TheInnermostBelievedRelayNamesTheLine) {
  Client inner = client_;
  inner.peer = "fe80::7";
  Client outer = client_;
  outer.interface_id = "uplink";
  outer.remote = "";
  outer.peer = kRelay;
  pass(kRelay, around(12, outer, around(12, inner, asked(client_, 3, addresses("2001:db8:1::7")))));
  pass(kServer, around(13, outer, around(13, inner, answered(client_, addresses("2001:db8:1::7")))));
  EXPECT_EQ(names_of(*book_, holder("2001:db8:1::7")).at(IdentityKind::kCircuitId), octets_of(client_.interface_id));
}

TEST_F(Dhcp6Lease, RelaysOptionForTheHardwareAddressGoesBeforeTheDuid) {
  const Octets hardware = {2, 0, 0, 0, 0, 0x55};
  const Octets header = join({{12, 0}, octets_of_address(kRelay), octets_of_address("fe80::7")});
  pass(kRelay, join({header, option(79, join({big16(1), hardware})),
                     option(9, asked(client_, 3, addresses("2001:db8:1::7")))}));
  reply(client_, addresses("2001:db8:1::7"));
  EXPECT_EQ(heard_.events.back().shown.at(IdentityKind::kMac), hardware);
}

TEST(Dhcp6LeaseTable, WhatIsSetIsFoundReplacedAndForgotten) {
  LeaseTable table(3);
  for (uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(table.set({.session = SessionId{7}, .address = i, .expires_s = i}));
  EXPECT_FALSE(table.set({.session = SessionId{7}, .address = 3}));
  EXPECT_TRUE(table.set({.session = SessionId{7}, .address = 1, .expires_s = 9}));
  EXPECT_EQ(table.find(SessionId{7}, 1)->expires_s, 9U);
  EXPECT_EQ(table.find(SessionId{8}, 1), nullptr);
  table.walk(3, [](const LeaseEntry& entry) { return entry.address != 1; });
  EXPECT_EQ(table.find(SessionId{7}, 1), nullptr);
  EXPECT_NE(table.find(SessionId{7}, 2), nullptr);
  EXPECT_EQ(table.count(), 2U);
  EXPECT_TRUE(table.set({.session = SessionId{9}, .address = 1}));
}

}  // namespace
}  // namespace lictor::dhcp6
