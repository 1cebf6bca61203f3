// What a DHCPv6 tracker makes of those who lie: nobody gets a binding that no server gave, and nobody ends another's.

#include "tests/unit/dataplane/session/dhcp6/lease_bench.h"

namespace lictor::dhcp6 {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using Dhcp6Hostile = LeaseBench;

TEST_F(Dhcp6Hostile, NobodyBindsButConfiguredServersAndRelays) {
  const Octets wanted = addresses("2001:db8:1::7");
  ask_relayed(client_, 3, wanted);
  reply_relayed(client_, wanted, kStranger);
  reply(client_, wanted, kLinkLocal);
  pass(kServer, answered(client_, wanted, kForeignDuid));
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().not_trusted.get(), 3U);
  reply_relayed(client_, wanted);
  EXPECT_NE(holder("2001:db8:1::7"), kNoSession);
}

TEST_F(Dhcp6Hostile, ReplyToNothingThatBindsBindsNothing) {
  const Octets wanted = addresses("2001:db8:1::7");
  reply_relayed(client_, wanted);
  for (const uint8_t kind : Octets{4, 8, 9, 11}) {
    Client client = client_;
    client.transaction = kind;
    ask_relayed(client, kind, wanted);
    reply_relayed(client, wanted);
  }
  Client other = client_;
  other.transaction = 0x77;
  ask_relayed(other, 3, wanted);
  other.duid = kDuidPlain;
  reply_relayed(other, wanted);
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().unasked.get(), 6U);
}

TEST_F(Dhcp6Hostile, LeasesThatNobodyCanHaveAreNotBound) {
  const Octets wanted = addresses("2001:db8:1::7");
  for (const char* address : {"::", "::1", "fe80::7", "ff02::1"}) {
    wait_s(10);
    exchange(client_, 3, wanted, addresses(address));
  }
  wait_s(10);
  exchange(client_, 3, wanted, delegated("2001:db8::", 19));
  wait_s(10);
  exchange(client_, 3, wanted, delegated("::", 0));
  EXPECT_EQ(tracker_.counters().bad_lease.get(), 6U);
  EXPECT_EQ(tracker_.counters().begun.get(), 0U);
}

TEST_F(Dhcp6Hostile, HostBitsOfAPrefixAreCleared) {
  exchange(client_, 3, {}, delegated("2001:db8:7:ff::1", 56));
  EXPECT_NE(holder("2001:db8:7::/56"), kNoSession);
}

TEST_F(Dhcp6Hostile, RelaysMessageOfAClientIsNotBelieved) {
  Client forged = client_;
  forged.interface_id = "eth 9/9";
  forged.remote = "line-9";
  const Octets own = around(12, forged, asked(client_, 3, addresses("2001:db8:1::7")));
  Client real = client_;
  real.peer = kStranger;
  pass(kRelay, around(12, real, own));
  reply_relayed(real, addresses("2001:db8:1::7"));
  const SessionId session = holder("2001:db8:1::7");
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), octets_of(client_.interface_id));
  EXPECT_EQ(tracker_.counters().forged_relay.get(), 1U);
  Client direct = client_;
  direct.transaction = 0x99;
  pass(kStranger, around(12, forged, asked(direct, 5, addresses("2001:db8:1::7"))));
  reply(direct, addresses("2001:db8:1::7"));
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), octets_of(client_.interface_id));
}

TEST_F(Dhcp6Hostile, ReleaseOfAnothersLeaseEndsNothing) {
  const SessionId session = lease_both(client_);
  Client thief = client_;
  thief.duid = kDuidPlain;
  ask_relayed(thief, 8, addresses("2001:db8:1::7", 0));
  Client elsewhere = client_;
  elsewhere.interface_id = "eth 9/9";
  ask_relayed(elsewhere, 8, addresses("2001:db8:1::7", 0));
  ask_relayed(elsewhere, 9, addresses("2001:db8:1::7", 0));
  ask(client_, 8, addresses("2001:db8:1::7", 0));
  EXPECT_EQ(holder("2001:db8:1::7"), session) << "whose line is not shown may be anybody";
  EXPECT_EQ(tracker_.counters().foreign_end.get(), 4U);
}

TEST_F(Dhcp6Hostile, RefusalOfABorrowedNameElsewhereEndsNothing) {
  const SessionId session = lease_both(client_);
  Client elsewhere = client_;
  elsewhere.interface_id = "eth 9/9";
  wait_s(10);
  exchange(elsewhere, 6, addresses("2001:db8:1::7"), association(3, 7, status(3)));
  EXPECT_EQ(holder("2001:db8:1::7"), session);
  EXPECT_EQ(tracker_.counters().foreign_end.get(), 1U);
}

TEST_F(Dhcp6Hostile, ServerThatKnowsNothingTakesNothingFromTheOneThatAnswered) {
  const SessionId session = lease_both(client_);
  wait_s(10);
  Client client = client_;
  client.transaction = 0x99;
  ask_relayed(client, 6, addresses("2001:db8:1::7"));
  reply_relayed(client, addresses("2001:db8:1::7"));
  reply_relayed(client, association(3, 7, status(3)), kOtherServer);
  EXPECT_EQ(holder("2001:db8:1::7"), session);
}

TEST_F(Dhcp6Hostile, RenewalByAnotherClientIsNotAtTheLineOfWhoHadTheAddress) {
  const SessionId session = lease_both(client_);
  wait_s(10);
  Client another = client_;
  another.duid = kDuidPlain;
  another.transaction = 0x99;
  ask(another, 5, addresses("2001:db8:1::7"), "2001:db8:1::7");
  reply(another, addresses("2001:db8:1::7"));
  EXPECT_NE(holder("2001:db8:1::7"), session);
  EXPECT_EQ(names_of(*book_, holder("2001:db8:1::7")).count(IdentityKind::kCircuitId), 0U);
  EXPECT_EQ(holder("2001:db8:7::/56"), session) << "of that nothing was said";
}

TEST_F(Dhcp6Hostile, MessagesOfTheWrongDirectionOrWithoutClientAreCounted) {
  pass(kRelay, around(12, client_, answered(client_, addresses("2001:db8:1::7"))));
  pass(kServer, around(13, client_, asked(client_, 3, {})));
  pass(kLinkLocal, message(3, 1, {addresses("2001:db8:1::7")}));
  EXPECT_EQ(tracker_.counters().wrong_way.get(), 2U);
  EXPECT_EQ(tracker_.counters().no_client.get(), 1U);
  pass(kLinkLocal, {0, 1, 2, 3});
  EXPECT_EQ(tracker_.counters().readings[static_cast<size_t>(Reading::kBadType)].get(), 1U);
  EXPECT_THAT(heard_.events, IsEmpty());
}

TEST_F(Dhcp6Hostile, FloodOfRequestsCostsTheOldestAndIsCounted) {
  ask_relayed(client_, 3);
  for (uint32_t i = 0; i < 64; ++i) {
    Client flood = client_;
    flood.transaction = 0x10000 + i;
    ask(flood, 3);
  }
  EXPECT_EQ(tracker_.counters().exchanges_lost.get(), 1U);
  reply_relayed(client_, addresses("2001:db8:1::7"));
  EXPECT_EQ(tracker_.counters().unasked.get(), 1U);
}

class Dhcp6FewLeases : public LeaseBench {
 protected:
  static TrackerPlan few() {
    TrackerPlan plan = plan_of();
    plan.leases_max = 1;
    return plan;
  }
  Dhcp6FewLeases() : LeaseBench(few(), {.sessions_max = 2, .cells_bytes_max = 4096}) {}
};

TEST_F(Dhcp6FewLeases, LeaseWhoseEndIsNotKnownEndsWithTheLastOfItsSession) {
  lease_both(client_);
  EXPECT_EQ(tracker_.counters().leases_full.get(), 1U);
  EXPECT_NE(holder("2001:db8:7::/56"), kNoSession);
  wait_s(600);
  expire();
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  EXPECT_EQ(holder("2001:db8:7::/56"), kNoSession);
}

TEST_F(Dhcp6FewLeases, SessionsBeyondTheBoundAreCountedAndTheOthersStay) {
  for (uint8_t i = 0; i < 3; ++i) {
    const std::string address = "2001:db8:1::" + std::to_string(i + 1);
    Client client = client_;
    client.duid.back() = i;
    exchange(client, 3, {}, addresses(address));
  }
  EXPECT_EQ(book_->counters().refused_full.get(), 1U);
  EXPECT_THAT(heard_.events, SizeIs(2));
  EXPECT_NE(holder("2001:db8:1::1"), kNoSession);
}

TEST_F(Dhcp6FewLeases, RoomOfWhatHasEndedIsUsedAgain) {
  for (int i = 0; i < 100; ++i) {
    wait_s(10);
    exchange(client_, 3, {}, addresses("2001:db8:1::7"));
    ASSERT_NE(holder("2001:db8:1::7"), kNoSession);
    ask_relayed(client_, 8, addresses("2001:db8:1::7", 0));
    expire();
  }
  EXPECT_EQ(tracker_.counters().leases_full.get(), 0U);
  EXPECT_EQ(book_->cells_bytes(), 0U);
}

class Dhcp6AccessNodes : public LeaseBench {
 protected:
  static TrackerPlan trusting() {
    TrackerPlan plan = plan_of();
    plan.sets[0].trusts_access_nodes = true;
    return plan;
  }
  Dhcp6AccessNodes() : LeaseBench(trusting()) {}
};

TEST_F(Dhcp6AccessNodes, TheirRelaysNameTheLine) {
  const Octets inner = join({{12, 0},
                             Octets(16),
                             octets_of_address("fe80::7"),
                             option(18, octets_of("dslam 7")),
                             option(9, asked(client_, 3, addresses("2001:db8:1::7")))});
  Client outer = client_;
  outer.interface_id = "uplink";
  pass(kRelay, around(12, outer, inner));
  reply(client_, addresses("2001:db8:1::7"));
  EXPECT_EQ(names_of(*book_, holder("2001:db8:1::7")).at(IdentityKind::kCircuitId), octets_of("dslam 7"));
}

}  // namespace
}  // namespace lictor::dhcp6
