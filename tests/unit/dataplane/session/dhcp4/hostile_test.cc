// What a DHCPv4 tracker makes of those who lie: nobody gets a binding that no server gave, nobody ends another's, and
// nobody hides his own.

#include "tests/unit/dataplane/session/dhcp4/lease_bench.h"

namespace lictor::dhcp4 {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using Dhcp4Hostile = LeaseBench;

TEST_F(Dhcp4Hostile, NobodyBindsButConfiguredServersAndRelays) {
  ask_relayed(client_, 3);
  answer_relayed(client_, {.source = kStranger});
  answer_relayed(client_, {.server_id = kStranger});
  answer(client_, {.source = kAddress});
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().not_trusted.get(), 3U);
  answer_relayed(client_, {});
  EXPECT_NE(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Hostile, RelayMayStandInForTheServerButOnlyAServerMayLeaveItOut) {
  ask_relayed(client_, 3);
  const Octets unnamed = datagram({.op = 2, .xid = client_.xid, .yiaddr = kAddress, .hardware = client_.mac},
                                  {type(5), option(51, big32(60)), kEndOption});
  pass(kRelay, unnamed);
  EXPECT_EQ(holder(kAddress), kNoSession);
  answer(client_, {.server_id = kRelay, .source = kRelay});
  EXPECT_NE(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Hostile, AckThatNobodyAskedForBindsNothing) {
  answer_relayed(client_, {});
  ask_relayed(client_, 3);
  Client other = client_;
  other.xid = 0x11;
  answer_relayed(other, {});
  other = client_;
  other.mac = {2, 0, 0, 0, 0, 9};
  answer_relayed(other, {});
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().unasked.get(), 3U);
}

TEST_F(Dhcp4Hostile, AckThatComesTooLateBindsNothing) {
  ask_relayed(client_, 3);
  wait_s(121);
  answer_relayed(client_, {});
  EXPECT_EQ(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Hostile, AddressesThatNoHostHasAreNotBound) {
  for (const uint32_t address : {0U, 0xffffffffU, 0xe0000001U, 0x7f000001U}) {
    ask_relayed(client_, 3);
    answer_relayed(client_, {.yiaddr = address});
  }
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().informed.get(), 4U);
}

TEST_F(Dhcp4Hostile, MessageOfTheWrongDirectionIsCountedAndNothingElse) {
  ask_relayed(client_, 3);
  pass(kServer, datagram({.op = 1, .xid = client_.xid, .yiaddr = kAddress, .hardware = client_.mac},
                         {type(5), lease_of({}), kEndOption}));
  pass(kServer, datagram({.op = 2, .xid = client_.xid, .hardware = client_.mac}, {type(1), kEndOption}));
  EXPECT_THAT(heard_.events, IsEmpty());
  EXPECT_EQ(tracker_.counters().wrong_way.get(), 2U);
}

TEST_F(Dhcp4Hostile, ReleaseOfAnothersAddressEndsNothing) {
  const SessionId session = lease(client_);
  const Client thief = {.mac = {2, 0, 0, 0, 0, 9}, .client_id = {}};
  ask(thief, 7, option(54, big32(kServer)), kAddress);
  const Octets borrowed = datagram({.xid = 9, .ciaddr = kAddress, .hardware = client_.mac}, {type(7), kEndOption});
  pass(kStranger, borrowed);
  EXPECT_EQ(holder(kAddress), session);
  EXPECT_EQ(tracker_.counters().foreign_end.get(), 2U);
}

TEST_F(Dhcp4Hostile, DeclineFromAnotherLineEndsNothing) {
  const SessionId session = lease(client_);
  Client elsewhere = client_;
  elsewhere.circuit = "eth 9/9";
  ask_relayed(elsewhere, 4, option(50, big32(kAddress)));
  ask(client_, 4, option(50, big32(kAddress)));
  EXPECT_EQ(holder(kAddress), session) << "whose line is not shown may be anybody";
  EXPECT_EQ(tracker_.counters().foreign_end.get(), 2U);
}

TEST_F(Dhcp4Hostile, NakThatABorrowedAddressEarnsElsewhereEndsNothing) {
  const SessionId session = lease(client_);
  heard_.take();
  Client elsewhere = client_;
  elsewhere.circuit = "eth 9/9";
  elsewhere.relay = kOtherRelay;
  wait_s(10);
  ask_relayed(elsewhere, 3, option(50, big32(kAddress)));
  answer_relayed(elsewhere, {.kind = 6, .yiaddr = 0});
  EXPECT_EQ(holder(kAddress), session);
  ASSERT_THAT(heard_.events, SizeIs(1));
  EXPECT_EQ(heard_.events[0].kind, AccessEvent::kReject);
}

TEST_F(Dhcp4Hostile, BorrowedHardwareAddressElsewhereTakesNothingAway) {
  const SessionId session = lease(client_);
  Client elsewhere = client_;
  elsewhere.circuit = "eth 9/9";
  wait_s(10);
  const SessionId other = lease(elsewhere, kOtherAddress);
  EXPECT_NE(other, session);
  EXPECT_EQ(holder(kAddress), session);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name(client_.circuit));
}

TEST_F(Dhcp4Hostile, ClientsOwnOption82IsNotBelieved) {
  const SessionId session = lease(client_);
  wait_s(10);
  const Octets forged = option(82, join({option(1, name("eth 9/9")), option(2, name("line-9"))}));
  renew(client_, kAddress, forged);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name(client_.circuit)) << "servers echo anybody's";
  EXPECT_GE(tracker_.counters().forged_relay.get(), 1U);
}

TEST_F(Dhcp4Hostile, WhoPlaysRelayIsNotBelieved) {
  Client forger = client_;
  forger.circuit = "eth 9/9";
  pass(kStranger, datagram({.xid = forger.xid, .giaddr = kRelay, .hardware = forger.mac},
                           {type(3), line_option(forger), kEndOption}));
  answer_relayed(forger, {});
  EXPECT_EQ(names_of(*book_, holder(kAddress)).count(IdentityKind::kCircuitId), 0U);
  EXPECT_EQ(tracker_.counters().forged_relay.get(), 1U);
}

TEST_F(Dhcp4Hostile, RenewalUnderAnotherNameStaysAtItsLine) {
  const SessionId session = lease(client_);
  wait_s(10);
  Client renamed = client_;
  renamed.client_id = {0, 'x'};
  renew(renamed);
  EXPECT_EQ(holder(kAddress), session);
  wait_s(10);
  renamed.mac = {2, 0, 0, 0, 0, 9};
  renew(renamed);
  EXPECT_EQ(holder(kAddress), session) << "servers know him by his identifier";
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name(client_.circuit));
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kMac), renamed.mac);
}

TEST_F(Dhcp4Hostile, RenewalByAnotherClientIsNotAtTheLineOfWhoHadTheAddress) {
  const SessionId first = lease(client_);
  heard_.take();
  wait_s(10);
  renew({.mac = {2, 0, 0, 0, 0, 9}, .client_id = {0, 'x'}});
  ASSERT_THAT(heard_.events, SizeIs(2));
  EXPECT_EQ(heard_.events[0].session, first);
  EXPECT_EQ(heard_.events[0].end, SessionEnd::kReplaced);
  EXPECT_EQ(heard_.events[1].kind, AccessEvent::kAccept);
  EXPECT_EQ(names_of(*book_, holder(kAddress)).count(IdentityKind::kCircuitId), 0U);
}

TEST_F(Dhcp4Hostile, DamagedRequestIsARequestAsItIsToServers) {
  const Octets request = datagram({.xid = client_.xid, .giaddr = kRelay, .hardware = client_.mac},
                                  {type(3), type(1), option(51, {1}), line_option(client_), {12, 200, 1}});
  pass(kRelay, request);
  answer_relayed(client_, {});
  EXPECT_NE(holder(kAddress), kNoSession);
  EXPECT_EQ(tracker_.counters().damages[static_cast<size_t>(Damage::kOptionPastEnd)].get(), 1U);
}

TEST_F(Dhcp4Hostile, WhatIsNoMessageIsCountedByItsName) {
  pass(kServer, {});
  pass(kServer, datagram({}, {kEndOption}));
  pass(kServer, datagram({.magic = {1, 2, 3, 4}}, {}));
  const auto& readings = tracker_.counters().readings;
  EXPECT_EQ(readings[static_cast<size_t>(Reading::kTruncated)].get(), 1U);
  EXPECT_EQ(readings[static_cast<size_t>(Reading::kBootp)].get(), 1U);
  EXPECT_EQ(readings[static_cast<size_t>(Reading::kNoMagic)].get(), 1U);
  SignalRecord record = signal_record(SignalKind::kDhcp4, 0, "192.0.2.7", {});
  const Octets discover = datagram({}, {type(1), kEndOption});
  record.message = discover;
  record.header.source_set = 1;
  tracker_.on_message(record, heard_);
  EXPECT_EQ(tracker_.counters().unknown_set.get(), 1U);
  EXPECT_THAT(heard_.events, IsEmpty());
}

TEST_F(Dhcp4Hostile, FloodOfRequestsCostsTheOldestAndIsCounted) {
  ask_relayed(client_, 3);
  for (uint32_t i = 0; i < 64; ++i) {
    Client flood = client_;
    flood.xid = 0x10000 + i;
    ask(flood, 3);
  }
  EXPECT_EQ(tracker_.counters().exchanges_lost.get(), 1U);
  answer_relayed(client_, {});
  EXPECT_EQ(tracker_.counters().unasked.get(), 1U);
}

TEST_F(Dhcp4Hostile, StampsThatStepBackEndNothingAndBindNothingOld) {
  now_ms_ = 100'000;
  const SessionId session = lease(client_);
  now_ms_ = 90'000;
  ask(client_, 7, {}, kAddress);
  EXPECT_EQ(holder(kAddress), session) << "it was leased again since";
}

class Dhcp4FullBook : public LeaseBench {
 protected:
  Dhcp4FullBook() : LeaseBench(plan_of(), {.sessions_max = 2, .cells_bytes_max = 4096}) {}
};

TEST_F(Dhcp4FullBook, SessionsBeyondTheBoundAreCountedAndTheOthersStay) {
  for (uint8_t i = 0; i < 3; ++i) lease({.mac = {2, 0, 0, 0, 1, i}, .client_id = {}, .xid = i}, kAddress + i);
  EXPECT_EQ(book_->counters().refused_full.get(), 1U);
  EXPECT_NE(holder(kAddress), kNoSession);
  EXPECT_NE(holder(kAddress + 1), kNoSession);
  EXPECT_THAT(heard_.events, SizeIs(2));
}

TEST_F(Dhcp4FullBook, ReleasedRoomIsUsedAgain) {
  for (uint8_t i = 0; i < 100; ++i) {
    const Client client = {.mac = {2, 0, 0, 0, 1, i}, .client_id = {}, .xid = i};
    EXPECT_NE(lease(client), kNoSession);
    ask(client, 7, {}, kAddress);
  }
  EXPECT_EQ(book_->cells_bytes(), 0U);
}

class Dhcp4AccessNodes : public LeaseBench {
 protected:
  Dhcp4AccessNodes()
      : LeaseBench(
            {.sets = {{.servers = {kServer}, .trusts_access_nodes = true}}, .exchanges_max = 64, .key = {1, 2}}) {}
};

TEST_F(Dhcp4AccessNodes, TheirOption82IsBelievedWithoutARelay) {
  ask(client_, 3, line_option(client_));
  answer(client_, {});
  EXPECT_EQ(names_of(*book_, holder(kAddress)).at(IdentityKind::kCircuitId), name(client_.circuit));
}

}  // namespace
}  // namespace lictor::dhcp4
